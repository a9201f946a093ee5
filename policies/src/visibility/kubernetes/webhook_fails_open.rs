use policy_core::document::Ref;
use policy_core::model::kubernetes::{Object, field, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "webhook-fails-open",
    meta: Meta {
        title: "an admission webhook that is passed over when it fails",
        pillar: Pillar::Visibility,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-7"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let group = "admissionregistration.k8s.io";
    if !object.is(group, "ValidatingWebhookConfiguration") {
        return;
    }
    for webhook in object.get("webhooks").into_iter().flat_map(Ref::items) {
        let Some(node) = field(webhook, "failurePolicy").filter(|node| text(Some(*node)) == Read::Is("Ignore")) else { continue };
        let name = text(field(webhook, "name")).is().unwrap_or("");
        let finding = RuleFinding::new(
            Place::node(node, "no answer is a yes"),
            format!("the webhook `{name}` of {} lets everything pass while it does not answer", object.title()),
            "use `failurePolicy: Fail`, with several replicas behind the webhook and rules no wider than it needs",
            name,
        );
        out.found(finding.rated(Severity::Low, Confidence::Medium).attribute("object", object.title()));
    }
}

const DOCS: &str = r#"
With `failurePolicy: Ignore` the API server takes what a validating webhook should have judged when the webhook does not answer in time.
Who can overload or stop it, or waits until it fails, gets in what it would refuse.

**Mend it:** use `failurePolicy: Fail`, run several replicas, and narrow `rules` and `namespaceSelector` so that its own pods can start.

**How bad:** low, and optional: where a webhook checks the form of objects alone, it is a fair choice.

Not reported: mutating webhooks, which mostly fill in defaults, and a webhook without `failurePolicy`: that is `Fail` in `v1`.

**It does not see:** what the webhook judges.

```yaml bad
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: policy
webhooks:
  - name: pods.policy.example.com
    failurePolicy: Ignore # <-
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
```

```yaml good
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: policy
webhooks:
  - name: pods.policy.example.com
    failurePolicy: Fail
```

```yaml good
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: policy
webhooks:
  - name: pods.policy.example.com
```

```yaml good
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata:
  name: defaults
webhooks:
  - name: pods.defaults.example.com
    failurePolicy: Ignore
```
"#;
