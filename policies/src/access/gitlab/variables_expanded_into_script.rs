use policy_core::model::gitlab::{Job, Value, variables};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "variables-expanded-into-script",
    meta: Meta {
        title: "`expand_vars` pastes the values of variables into a script",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-4"],
        aliases: &["poutine/injection"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    for key in ["before_script", "script", "after_script"] {
        let Read::Is(script) = job.get(key) else { continue };
        for line in script.flat().into_iter().filter(|line| line.origin().is_own()) {
            let Some(raw) = line.at().text().filter(|raw| raw.contains("expand_vars") && cx.budget.spend(raw.len() / 8 + 1)) else {
                continue;
            };
            if let Some((name, place)) = expanded(cx, line, raw) {
                out.found(finding(name, place));
            }
        }
    }
}

fn finding<'u>(name: &str, place: Place<'u>) -> RuleFinding<'u> {
    let message = format!(
        "`expand_vars` puts the values of variables that the input `{name}` names into the script, where the shell reads them as code"
    );
    let help = "leave out `expand_vars`, and let the shell expand the variable: hand the input over under `variables`";
    RuleFinding::new(place, message, help, name).rated(Severity::Medium, Confidence::Medium).attribute("input", name)
}

// The first input with `expand_vars` whose value is not known or names a variable, and where it is pasted in.
fn expanded<'u>(cx: &Cx<'u>, line: Value<'u>, raw: &'u str) -> Option<(&'u str, Place<'u>)> {
    let text = line.text()?;
    // Who starts the pipeline or includes this file gives it, whatever the default is.
    let open = raw == text || std::ptr::eq(line.at().document(), cx.unit.document());
    for variable in variables::all(raw).filter(|variable| variable.is_input) {
        let mut parts = variable.name.split('|').map(str::trim);
        let Some(name) =
            parts.next().and_then(|path| path.strip_prefix("inputs.")).filter(|_| parts.any(|part| part == "expand_vars"))
        else {
            continue;
        };
        let brings = || variables::all(text).any(|used| !used.is_input && !variables::all(raw).any(|own| own.name == used.name));
        if open {
            return Some((name, Place::text(line.at(), variable.range, "variables become code here")));
        }
        if brings() {
            return Some((name, line.place("variables become code here")));
        }
    }
    None
}

const DOCS: &str = r#"
`$[[ inputs.x | expand_vars ]]` replaces the variables that the input names by their values before the shell reads the script. Without
it, the shell itself would expand `$CI_COMMIT_TITLE`, and not read the title as code. With it, whoever writes the title of a commit or
the name of a branch writes code of the job.

**Mend it:** leave out `expand_vars`: a shell expands variables anyway. Set a variable to the input (`variables: { NAME: $[[ inputs.name
]] }`), and use `"$NAME"`.

**How bad:** medium. With medium confidence: it depends on the variables that the input names.

**It does not see:** what masked variables do, which `expand_vars` refuses. `expand_vars` elsewhere than in scripts is not reported,
and neither is an input whose value names no variable.

```yaml bad
spec:
  inputs:
    title:
---
greet:
  script:
    - echo "$[[ inputs.title | expand_vars ]]" # <-
```

```yaml bad
include:
  - local: .gitlab/greet.yml
    inputs: { title: "by $CI_COMMIT_AUTHOR" }
# file: .gitlab/greet.yml
spec:
  inputs:
    title:
---
greet:
  script:
    - echo "$[[ inputs.title | expand_vars | truncate(0,50) ]]" # <-
```

```yaml good
spec:
  inputs:
    title:
---
greet:
  variables:
    TITLE: $[[ inputs.title | expand_vars ]]
  script: echo "$TITLE"
```

```yaml good
spec:
  inputs:
    title:
---
greet:
  script: echo "$[[ inputs.title | truncate(0,50) ]]"
```

```yaml good
include:
  - local: .gitlab/greet.yml
    inputs: { title: hello }
# file: .gitlab/greet.yml
spec:
  inputs:
    title:
---
greet:
  script: echo "$[[ inputs.title | expand_vars ]] $USER"
```
"#;
