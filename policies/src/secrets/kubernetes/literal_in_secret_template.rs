use policy_core::document::Ref;
use policy_core::model::kubernetes::{Object, fields, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::literal::{hidden_place, literal};
use crate::workload::{Said, say_of};

pub(crate) static RULE: Rule = Rule {
    id: "literal-in-secret-template",
    meta: Meta {
        title: "a secret stands beside those that a store gives",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Kubernetes],
        severity: Severity::High,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

/// Kinds that make Secrets, and where in them the template of a Secret has its values.
const TEMPLATES: &[(&str, &str, &[&str])] = &[
    ("bitnami.com", "SealedSecret", &["spec", "template", "data"]),
    ("external-secrets.io", "ClusterExternalSecret", &["spec", "externalSecretSpec", "target", "template", "data"]),
    ("external-secrets.io", "ExternalSecret", &["spec", "target", "template", "data"]),
];

/// What stands in the template of a Secret that an object makes.
pub(super) fn values<'u>(object: &Object<'u>) -> Option<Ref<'u>> {
    let (.., path) = TEMPLATES.iter().find(|(group, kind, _)| object.is(group, kind))?;
    object.path(path)
}

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    for (key, value) in values(object).into_iter().flat_map(fields) {
        let (Some(name), Read::Is(plain)) = (key.text(), text(Some(value))) else { continue };
        if !cx.budget.spend(1 + plain.len() / 16) {
            return;
        }
        let Some(found) = literal(name, plain) else { continue };
        let Some(at) = hidden_place(key, object.head(), plain) else { continue };
        let said = Said {
            at: Place::node(at, "its value stands in the file"),
            message: format!("`{name}` holds {}, in clear beside values that are kept safe", found.what).into(),
            help: "revoke it, put a new one where the others are kept, and name it in the template",
            rated: found.rated,
        };
        say_of(&object.title(), name, said, out);
    }
}

const DOCS: &str = r#"
An ExternalSecret takes secrets from a store, and a SealedSecret decrypts them in the cluster. Both can have a template that puts them into
a longer text, and what stands in the template as text stands in the repository.

**Mend it:** revoke it. Put a new one into the store, or seal it, and name it in the template: `{{ .password }}`.

**How bad:** high for tokens and private keys, medium for addresses with a password and what looks like a password.

Not reported: templates (`{{ … }}`), settings and user names, encrypted values, stand-ins.

**It does not see:** passwords within longer texts, and passwords of plain words.

```yaml bad
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db}
spec:
  target:
    template:
      data:
        host: "{{ .host }}"
        password: Zq7-not-A-real-1-42x # <-
```

```yaml good
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db}
spec:
  target:
    template:
      data:
        password: "{{ .password }}"
        user: shop
        url: https://api.acme.io
```

```yaml good
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: db}
spec:
  encryptedData:
    password: AgBy8hCi4not1Areal2One3Xk2bQ9vR7mZ
```

```yaml good
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db}
spec:
  data:
    - secretKey: password
      remoteRef: {key: Db-Password-4711x}
```
"#;
