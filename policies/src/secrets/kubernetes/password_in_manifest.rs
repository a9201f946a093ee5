use policy_core::document::Ref;
use policy_core::model::kubernetes::{Container, Object, field, fields, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, Severity, Status};
use policy_core::secret::tokens;

use crate::literal::{hidden_place, looks_set, names_object, names_secret};
use crate::workload::{Said, owner, say_of};

pub(crate) static RULE: Rule = Rule {
    id: "password-in-manifest",
    meta: Meta {
        title: "a password stands in the file as text",
        pillar: Pillar::Secrets,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-6", "CIS-K8S-5.4.1", "NSA-1"],
        aliases: &["kube-linter/env-var-secret", "kubescape/C-0012"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Container(of_container), Check::Object(of_config_map)],
    docs: crate::docs(DOCS),
};

fn of_container<'u>(cx: &Cx<'u>, container: &Container<'u>, out: &mut Out<'u>) {
    let title = || owner(cx, container).map_or_else(String::new, |(_, object)| object.title());
    for entry in container.get("env").into_iter().flat_map(Ref::items) {
        let (Some(key), Read::Is(value)) = (field(entry, "name"), text(field(entry, "value"))) else { continue };
        let Some(name) = key.text().filter(|_| cx.budget.spend(1 + value.len() / 16)) else { continue };
        put(&title, key, name, value, container.head(), "variable", out);
    }
    for list in ["command", "args"] {
        let mut before: Option<&str> = None;
        for item in container.get(list).into_iter().flat_map(Ref::items) {
            let written = text(Some(item)).is().filter(|text| cx.budget.spend(1 + text.len() / 16));
            match written.and_then(|text| text.split_once('=')) {
                Some((name, value)) if name.starts_with('-') => put(&title, item, name, value, container.head(), "option", out),
                _ => {
                    let name = before.filter(|name| name.starts_with("--"));
                    if let (Some(name), Some(value)) = (name, written.filter(|text| !text.starts_with('-'))) {
                        put(&title, item, name, value, container.head(), "option", out);
                    }
                }
            }
            before = written;
        }
    }
}

fn of_config_map<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    if !object.is("", "ConfigMap") {
        return;
    }
    for (key, value) in object.get("data").into_iter().flat_map(fields) {
        let (Some(name), Read::Is(value)) = (key.text(), text(Some(value))) else { continue };
        if cx.budget.spend(1 + value.len() / 16) {
            put(&|| object.title(), key, name, value, object.head(), "key", out);
        }
    }
}

fn put<'u>(title: &dyn Fn() -> String, key: Ref<'u>, name: &'u str, value: &str, above: Ref<'u>, what: &str, out: &mut Out<'u>) {
    if !names_secret(name) || !looks_set(value) || names_object(name, value) || tokens(value).next().is_some() {
        return;
    }
    let Some(at) = hidden_place(key, above, value) else { return };
    let said = Said {
        at: Place::node(at, "its value stands in the file"),
        message: format!("the value of the {what} `{name}` stands in the file, and looks like a secret").into(),
        help: "revoke it, keep a new one in a Secret that is not in the repository, and refer to it by `secretKeyRef`",
        rated: (Severity::Medium, Confidence::Medium),
    };
    say_of(&title(), name, said, out);
}

const DOCS: &str = r#"
A variable, an option or a key of a ConfigMap whose name says password, token, secret or key has its value beside it. Everyone who reads
the repository has it, and everyone who may read pods or ConfigMaps in the cluster, who are many more than may read Secrets.

**Mend it:** revoke it, since history keeps it. Keep a new one in a Secret that comes from a store or is encrypted, and refer to it by
`secretKeyRef` or as a file.

**How bad:** medium.

Not reported: references (`valueFrom`, `$(NAME)`, `${NAME}`, `{{ }}`, `alias/…`), paths, addresses, names of files (`client.pem`), names of
Secrets (`DB_SECRET: prod-eu1-db-a9x2`), keys and tokens that are public by their name (`NEXT_PUBLIC_API_KEY`), numbers, stand-ins such as
`changeme`; tokens that tell what they are, which `token-in-manifest` reports.

**It does not see:** passwords of plain words, which cannot be told from stand-ins; passwords within scripts and settings files; values in a
file that is one single line, since a report would show them.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      env:
        - name: DB_PASSWORD # <-
          value: Zq7-not-A-real-1-42x
      args:
        - --api-token=Zq7-not-A-real-1-42x # <-
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data:
  db.password: Zq7-not-A-real-1-42x # <-
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      env:
        - name: DB_PASSWORD
          valueFrom: {secretKeyRef: {name: db, key: password}}
        - name: DB_PASSWORD_FILE
          value: /secrets/Zq7-not-A-real-1-42x
        - name: API_TOKEN
          value: $(TOKEN)
        - name: TLS_SECRET
          value: my-tls-cert-2
        - name: DB_SECRET
          value: rds-eu1-prd-7f3a
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      args: [--token, --password=changeme-1X, --secret=web-tls-42, --auth-token-ttl=Xk2bQ9vR7mZ4]
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data:
  password: changeme
  token: "{{ .token }}"
  cache-key: Zq7-not-A-real-1-42x
  secretName: Zq7-not-A-real-1-42x
```
"#;
