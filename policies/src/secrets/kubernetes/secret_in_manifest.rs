use policy_core::model::kubernetes::{Object, fields};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::literal::{hidden_place, literal};
use crate::workload::{Said, say_of};
use policy_core::base64::decoded;

pub(crate) static RULE: Rule = Rule {
    id: "secret-in-manifest",
    meta: Meta {
        title: "the value of a Secret stands in the file",
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

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    // What SOPS leaves in clear is another rule's.
    if !object.is("", "Secret") || object.get("sops").is_some() {
        return;
    }
    for list in ["data", "stringData"] {
        for (key, value) in object.get(list).into_iter().flat_map(fields) {
            let (Some(name), Some(text)) = (key.text(), value.text()) else { continue };
            if !cx.budget.spend(1 + text.len() / 16) {
                return;
            }
            let plain = if list == "data" { decoded(text) } else { Some(text.to_owned()) };
            let Some(found) = plain.and_then(|plain| literal(name, &plain)) else { continue };
            let Some(at) = hidden_place(key, object.head(), text) else { continue };
            let form = if list == "data" { ", and base64 hides nothing" } else { "" };
            let said = Said {
                at: Place::node(at, "its value stands in the file"),
                message: format!("`{name}` holds {}: everyone who reads the repository has it{form}", found.what).into(),
                help: "revoke it; then let a secret store give it (ExternalSecret), or encrypt it (SealedSecret, SOPS)",
                rated: found.rated,
            };
            say_of(&object.title(), name, said, out);
        }
    }
}

const DOCS: &str = r#"
A Secret in a repository is a secret for everyone who can read the repository, its forks and its backups, now or later. Base64 is a way to
write bytes, and no lock.

Reported are tokens whose form says what they are, private keys, passwords of registries (`.dockerconfigjson`), addresses with a password
for a host outside of the cluster, and values whose key says password, token, secret or key and that look set by someone.

**Mend it:** revoke it, since history keeps it. Let a store outside give it by an ExternalSecret or the CSI driver, or keep it encrypted, as
a SealedSecret or by SOPS.

**How bad:** high for tokens and private keys, medium for addresses with a password and for what only looks like a password.

Not reported: empty values, stand-ins (`<password>`, `changeme`, `${PASSWORD}`, also behind base64), what SOPS or Ansible Vault encrypted,
private keys that are cut off or have a passphrase, certificates, user names.

**It does not see:** passwords of plain words, which cannot be told from stand-ins; secrets inside of longer files; whether a secret still
works; values in a file that is one single line, since a report would show them.

```yaml bad
apiVersion: v1
kind: Secret
metadata: {name: db}
data:
  username: c2hvcA==
  password: WnE3LW5vdC1BLXJlYWwtMS00Mng= # <-
---
apiVersion: v1
kind: Secret
metadata: {name: api}
stringData:
  apiToken: Zq7-not-A-real-1-42x # <-
```

```yaml good
apiVersion: v1
kind: Secret
metadata: {name: db}
data:
  password: Y2hhbmdlbWUtNDcxMS1Rd3o=
  token: ""
stringData:
  apiToken: ${API_TOKEN}
  clientSecret: <your client secret 1A>
```

```yaml good
apiVersion: v1
kind: Secret
metadata: {name: db}
type: Opaque
stringData:
  username: Shop-User-4711x
  url: https://api.acme.io/v1
  ca.crt: |
    -----BEGIN CERTIFICATE-----
    MIIB
    -----END CERTIFICATE-----
```

```yaml good
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData:
  password: ENC[AES256_GCM,data:Zm9vYmFy,iv:AAAA,tag:BBBB,type:str]
sops:
  mac: ENC[AES256_GCM,data:Zm9v,iv:AAAA,tag:BBBB,type:str]
```

```yaml good
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: db}
spec:
  encryptedData:
    password: AgBy8hCi4not1Areal2One3Xk2bQ9vR7mZ
```
"#;
