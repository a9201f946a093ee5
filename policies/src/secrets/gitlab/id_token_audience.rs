use policy_core::model::gitlab::{Job, Value, variables};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "id-token-audience",
    meta: Meta {
        title: "an id token is good for more than one receiver",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Gitlab],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-2", "CICD-SEC-6"],
        aliases: &["glsec/gl009"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

/// Variables that hold the address of the GitLab that runs the job.
const INSTANCE: &[&str] = &["CI_SERVER_FQDN", "CI_SERVER_HOST", "CI_SERVER_URL"];

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    for token in job.get("id_tokens").is().into_iter().flat_map(Value::entries) {
        let Some(aud) = token.value.get("aud").is().filter(|aud| aud.origin().is_own()) else { continue };
        let all = aud.flat();
        if !cx.budget.spend(all.len()) {
            return;
        }
        if let [_, second, ..] = all.as_slice() {
            let message = format!("`{}` is good for {} receivers, and each of them can use it at the others", token.key, all.len());
            let help = "ask for a token of its own for each receiver";
            let finding = RuleFinding::new(second.place("another receiver"), message, help, token.key);
            out.found(finding.rated(Severity::Low, Confidence::High));
            continue;
        }
        let Some(one) = all.first().filter(|one| is_instance(one.text().unwrap_or(""))) else { continue };
        let message = format!(
            "the audience of `{}` is GitLab itself, not who receives it: whatever trusts that audience takes the token",
            token.key
        );
        let help = "set `aud` to the address of the one service that receives it, and ask for it there";
        let finding = RuleFinding::new(one.place("GitLab itself"), message, help, token.key);
        out.found(finding.rated(Severity::Low, Confidence::High));
    }
}

// An address of GitLab and no more: `https://gitlab.com`, `https://gitlab.example.com/`, `$CI_SERVER_URL`.
fn is_instance(audience: &str) -> bool {
    let host = audience.strip_prefix("https://").or_else(|| audience.strip_prefix("http://")).unwrap_or(audience);
    let host = host.trim_end_matches('/');
    if let Some(variable) = variables::first(host) {
        return variable.range == (0..host.len()) && INSTANCE.contains(&variable.name);
    }
    host.split_once('.').is_some_and(|(first, rest)| first == "gitlab" && !rest.contains(['/', ':', '$']))
}

const DOCS: &str = r#"
An id token says by `aud` who it is for. A receiver refuses tokens that are for others, so a token that is stolen from one service
is of no use at another. Where the audience is the address of GitLab itself, or a list, that wall is gone: every cloud, vault and
registry that was set up with this audience takes each token of the kind.

**Mend it:** name the one service: `aud: https://vault.example.com`, `aud: sts.amazonaws.com`. Let the service ask for that, and for
`sub` or `project_path` too.

**How bad:** low: who has the token can do at each of its receivers what the job can do there.

**It does not see:** what the receiver asks for, and tokens of an audience that several services share without GitLab's address. A
GitLab whose host does not begin with `gitlab.` is not known to be one, and a longer address, such as that of a group, names a
receiver.

```yaml bad
deploy:
  id_tokens:
    CLOUD_TOKEN:
      aud: https://gitlab.com # <-
    VAULT_TOKEN:
      aud:
        - https://vault.example.com
        - https://cloud.example.com # <-
  script: ./deploy
```

```yaml bad
default:
  id_tokens:
    CLOUD_TOKEN:
      aud: $CI_SERVER_URL # <-
deploy:
  script: ./deploy
```

```yaml good
deploy:
  id_tokens:
    VAULT_TOKEN: { aud: https://vault.example.com }
    CLOUD_TOKEN: { aud: [sts.amazonaws.com] }
    SIGSTORE_ID_TOKEN: { aud: sigstore }
  script: ./deploy
```

```yaml good
deploy:
  id_tokens:
    GROUP_TOKEN: { aud: https://gitlab.com/my-group }
    OWN_TOKEN: { aud: https://gitlab-sts.example.com }
    GIVEN_TOKEN: { aud: $CLOUD_AUDIENCE }
  script: ./deploy
```

```yaml good
deploy:
  id_tokens:
    GOOGLE_TOKEN: { aud: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gitlab/providers/gitlab" }
  script: ./deploy
```
"#;
