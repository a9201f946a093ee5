use policy_core::document::{Kind, Ref};
use policy_core::model::kubernetes::{Object, field, fields, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "mesh-allows-everyone",
    meta: Meta {
        title: "a rule of a mesh that lets every caller in",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-2", "NSA-3"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let Some(spec) = object.get("spec").filter(|_| object.is("security.istio.io", "AuthorizationPolicy")) else { return };
    if !matches!(text(field(spec, "action")), Read::Absent | Read::Is("ALLOW")) {
        return;
    }
    for rule in field(spec, "rules").into_iter().flat_map(Ref::items) {
        if rule.kind() == Kind::Mapping && fields(rule).next().is_none() {
            let finding = RuleFinding::new(
                Place::node(rule, "every request of every caller"),
                format!("{} lets every request in: a rule without `from`, `to` and `when` matches all", object.title()),
                "name the callers in `from` and what they may ask for in `to`",
                "rules",
            );
            out.found(finding.rated(Severity::Low, Confidence::High).attribute("object", object.title()));
        }
    }
}

const DOCS: &str = r#"
An AuthorizationPolicy of Istio allows what one of its rules matches, and an empty rule matches every request of every caller. The other
rules of the policy, and other policies that allow, then count for nothing.

**Mend it:** name the callers (`from`) and what they may ask for (`to`).

**How bad:** low: without any policy all is allowed too.

Not reported: a policy without `rules`, which allows nothing; those that deny, audit or hand on.

**It does not see:** policies that deny, which go first.

```yaml bad
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: web
spec:
  action: ALLOW
  rules:
    - {} # <-
```

```yaml good
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: nothing
spec: {}
```

```yaml good
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: nobody
spec:
  action: DENY
  rules: [{}]
```

```yaml good
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: web
spec:
  rules:
    - from: [{source: {principals: [cluster.local/ns/web/sa/front]}}]
```
"#;
