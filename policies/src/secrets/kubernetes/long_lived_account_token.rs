use policy_core::model::kubernetes::{Object, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::workload::{Said, say_of};

pub(crate) static RULE: Rule = Rule {
    id: "long-lived-account-token",
    meta: Meta {
        title: "a token of an account that never ends",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-3", "CICD-SEC-6"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let node = object.get("type").filter(|_| object.is("", "Secret"));
    let (Some(node), Read::Is("kubernetes.io/service-account-token")) = (node, text(node)) else { return };
    let account = object.annotation("kubernetes.io/service-account.name").is();
    let of = account.map_or_else(String::new, |name| format!(" of the account `{name}`"));
    let said = Said {
        at: Place::node(node, "never ends"),
        message: format!("this asks for a token{of} that is good until the Secret is deleted").into(),
        help: "take it away, and ask for tokens that end: `kubectl create token`, or a projected volume; if a program needs the \
               Secret, bound the account to little and accept the finding",
        rated: (Severity::Medium, Confidence::High),
    };
    say_of(&object.title(), account.unwrap_or(""), said, out);
}

const DOCS: &str = r#"
A Secret of this type makes the cluster write a token into it that never ends and that everyone who reads Secrets of the namespace can
take away. Tokens that pods get since 1.22 end within the hour and with the pod.

**Mend it:** use `kubectl create token`, a projected volume (`serviceAccountToken`), or let a system outside log in by OIDC. Delete the
Secret, so that the token ends. If a program needs the Secret, let the account do little, and accept the finding.

**How bad:** medium: it needs someone who reads it.

Not reported: other types of Secrets.

**It does not see:** what the account may do.

```yaml bad
apiVersion: v1
kind: Secret
metadata:
  name: deployer
  annotations: {kubernetes.io/service-account.name: deployer}
type: kubernetes.io/service-account-token # <-
```

```yaml good
apiVersion: v1
kind: Secret
metadata: {name: deployer}
type: Opaque
```

```yaml good
apiVersion: v1
kind: Secret
metadata: {name: deployer}
type: ${TYPE}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: web, image: "nginx:1.29"}]
  volumes:
    - name: token
      projected: {sources: [{serviceAccountToken: {path: token}}]}
```
"#;
