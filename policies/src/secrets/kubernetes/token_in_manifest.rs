use std::ops::Range;

use policy_core::document::{Document, Ref};
use policy_core::model::kubernetes::Object;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::secret::Checksum;

use super::literal_in_secret_template::values;
use crate::literal::{HALF, article, is_shown, password, private_key, real_tokens};

pub(crate) static RULE: Rule = Rule {
    id: "token-in-manifest",
    meta: Meta {
        title: "a token stands in the file",
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
    checks: &[Check::Document(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(cx: &Cx<'u>, document: &'u Document<'u>, out: &mut Out<'u>) {
    for scalar in document.scalars() {
        let Some(text) = scalar.text().filter(|_| !scalar.is_key()) else { continue };
        if !cx.budget.spend(1 + text.len() / 64) {
            return;
        }
        let found = of_text(cx, scalar, text);
        if found.is_empty() || is_of_secret(cx.unit.objects(), scalar) {
            continue;
        }
        let title = object_of(cx.unit.objects(), scalar).map_or_else(String::new, Object::title);
        for finding in found {
            out.found(finding.attribute("object", title.as_str()));
        }
    }
}

fn of_text<'u>(cx: &Cx<'u>, scalar: Ref<'u>, text: &'u str) -> Vec<RuleFinding<'u>> {
    let mut found = Vec::new();
    let help = "revoke it, and keep a new one in a Secret that comes from a store or is encrypted";
    let mut put = |range, message: String, object: &str, severity, confidence| {
        let at = Place::text(scalar, range, "stands in the file");
        found.push(RuleFinding::new(at, message, help, object).rated(severity, confidence));
    };
    for token in real_tokens(text) {
        let (severity, what) = match HALF.contains(&token.kind) {
            true => (Severity::Low, ", which is half of a credential"),
            false => (Severity::High, ""),
        };
        let confidence = if token.checksum == Checksum::Holds { Confidence::High } else { Confidence::Medium };
        let message = format!("a token stands in the file: {}{what}", article(token.kind));
        put(token.range.clone(), message, token.kind, severity, confidence);
    }
    if let Some(range) = password(text).filter(|_| !text.contains('\n') && !is_shown(scalar, text)) {
        let message = "an address with a password in it stands in the file".to_owned();
        put(range, message, "password", Severity::Medium, Confidence::Medium);
    }
    if let Some(at) = private_key(text).and_then(|head| place_of_key(cx, scalar, head)) {
        let finding = RuleFinding::new(at, "a private key stands in the file", help, "private key");
        found.push(finding.rated(Severity::High, Confidence::High));
    }
    found
}

// A key that is written on one line would be shown with its head, so the place is the name of the object, on a line of its own.
fn place_of_key<'u>(cx: &Cx<'u>, scalar: Ref<'u>, head: Range<usize>) -> Option<Place<'u>> {
    let line = |at: u32| scalar.source().lines().line(at);
    let span = scalar.span();
    if line(span.start) != line(span.end) {
        return Some(Place::text(scalar, head, "stands in the file"));
    }
    let name = object_of(cx.unit.objects(), scalar)?.head();
    (line(name.span().start) != line(span.start)).then(|| Place::node(name, "it stands in here"))
}

fn object_of<'o, 'u>(objects: &'o [Object<'u>], scalar: Ref<'u>) -> Option<&'o Object<'u>> {
    scalar.ancestors().find_map(|above| objects.iter().find(|object| object.node() == above))
}

// Values of Secrets are another rule's.
fn is_of_secret<'u>(objects: &[Object<'u>], scalar: Ref<'u>) -> bool {
    let Some(object) = object_of(objects, scalar) else { return false };
    let of_secret = |list| object.get(list).filter(|_| object.is("", "Secret"));
    let lists = [of_secret("data"), of_secret("stringData"), values(object)];
    scalar.ancestors().any(|above| lists.contains(&Some(above)))
}

const DOCS: &str = r#"
A token, a private key or an address with a password in it stands in the file as text: in a variable, an argument, a ConfigMap, an
annotation. Everyone who can read the repository, now or later, and every fork and backup of it, has it.

Reported are tokens whose form says what they are, private keys, and addresses with a password for a host outside of the cluster.

**Mend it:** revoke it, since history keeps it. Keep a new one in a Secret that comes from a store or is encrypted.

**How bad:** high; low for the id of an AWS key and for API keys of Google, which are no secret alone; medium for passwords in addresses.
Confidence is high where a checksum within the token holds.

Not reported: tokens whose checksum fails or that say `EXAMPLE`; passwords for hosts of the cluster (`db`, `db.prod.svc`, and `db.prod`,
since `prod` is no end of the internet); values of Secrets and of their templates, which `secret-in-manifest` and
`literal-in-secret-template` report. A private address (`10.0.3.4`) counts as outside of the cluster: Services are called by name, and this
is a machine that others reach too.

**It does not see:** tokens of an unknown form, and whether a token still works.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      env:
        - name: STORE
          value: postgres://app:not-A-real-1@db.acme.io:5432/app # <-
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
        - name: STORE
          value: postgres://app:not-A-real-1@postgres:5432/app
        - name: SERVICE
          value: postgres://app:not-A-real-1@db.prod.svc:5432/app
        - name: OTHER
          value: postgres://app:$(PASSWORD)@db.acme.io/app
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
      command: [sh, -c, 'echo "-----BEGIN RSA PRIVATE KEY-----" > head.txt']
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data:
  ca.crt: |
    -----BEGIN CERTIFICATE-----
    MIIB
    -----END CERTIFICATE-----
```
"#;
