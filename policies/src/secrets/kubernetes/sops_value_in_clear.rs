use policy_core::document::Ref;
use policy_core::model::kubernetes::{Object, fields, is_dynamic};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};

use crate::literal::{hidden_place, is_stand_in, literal};
use crate::workload::{Said, say_of};
use policy_core::base64::decoded;

pub(crate) static RULE: Rule = Rule {
    id: "sops-value-in-clear",
    meta: Meta {
        title: "a value that SOPS was to encrypt stands in clear",
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
    if !object.is("", "Secret") || object.get("sops").is_none() {
        return;
    }
    let regex = object.path(&["sops", "encrypted_regex"]).and_then(Ref::text).unwrap_or("");
    for list in ["data", "stringData"] {
        let whole = regex.split(['^', '$', '(', ')', '|', '?', ':']).any(|part| part == list);
        for (key, value) in object.get(list).into_iter().flat_map(fields) {
            let (Some(name), Some(text)) = (key.text(), value.text()) else { continue };
            if !cx.budget.spend(1 + text.len() / 16) {
                return;
            }
            let plain = if list == "data" { decoded(text).unwrap_or_default() } else { text.to_owned() };
            let none = text.is_empty() || text.starts_with("ENC[") || is_dynamic(&plain) || is_stand_in(&plain);
            let secret = literal(name, &plain).is_some();
            if none || plain.is_empty() || !(whole || secret) {
                continue;
            }
            let Some(at) = hidden_place(key, object.head(), text) else { continue };
            let said = Said {
                at: Place::node(at, "not encrypted"),
                message: format!("SOPS encrypted this file, and not the value of `{name}`").into(),
                help: "revoke it, store a new one, and run `sops --encrypt` with an `encrypted_regex` that takes in its key",
                rated: (Severity::High, if whole { Confidence::High } else { Confidence::Medium }),
            };
            say_of(&object.title(), name, said, out);
        }
    }
}

const DOCS: &str = r#"
The file carries the marks of SOPS, so everyone takes it for safe; but a value of its Secret stands in clear. Somebody added it behind the
back of SOPS, or `encrypted_regex` leaves its key out.

**Mend it:** revoke it, since history keeps it. Store a new one with `sops edit`; let `encrypted_regex` be `^(data|stringData)$`.

**How bad:** high. It is sure where `encrypted_regex` takes in all of `data` or `stringData`; otherwise the value has to look like a secret.

Not reported: encrypted values (`ENC[…]`), empty ones, stand-ins, and user names and the like that `encrypted_regex` leaves out.

**It does not see:** other kinds than Secrets, who the recipients are, and whether the file was ever encrypted as a whole.

```yaml bad
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData:
  username: ENC[AES256_GCM,data:Zm9v,iv:AAAA,tag:BBBB,type:str]
  password: Zq7-not-A-real-1-42x # <-
sops:
  encrypted_regex: ^(data|stringData)$
```

```yaml good
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData:
  password: ENC[AES256_GCM,data:Zm9v,iv:AAAA,tag:BBBB,type:str]
  other: ""
sops:
  encrypted_regex: ^(data|stringData)$
```

```yaml good
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData:
  username: Shop-User-4711x
  password: ENC[AES256_GCM,data:Zm9v,iv:AAAA,tag:BBBB,type:str]
sops:
  encrypted_regex: ^(password|token)$
```

```yaml good
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData:
  password: Zq7-not-A-real-1-42x
```
"#;
