use policy_core::document::Ref;
use policy_core::facts::{Cluster, JoinOut};
use policy_core::model::kubernetes::{field, text};
use policy_core::rbac::GROUP as RBAC;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Meta, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::bundle::{Names, finding, lacks};

pub(crate) static RULE: Rule = Rule {
    id: "binding-to-missing-service-account",
    meta: Meta {
        title: "a binding to a service account that is not there",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["NSA-3"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Cluster(check)],
    docs: crate::docs(DOCS),
};

fn check(cluster: &Cluster<'_>, out: &mut JoinOut) {
    let accounts = Names::of(cluster, &["ServiceAccount"]);
    for row in cluster.rows().iter().filter(|row| row.is(RBAC, "RoleBinding") || row.is(RBAC, "ClusterRoleBinding")) {
        let subjects = row.get("subjects").into_iter().flat_map(Ref::items).zip(0..);
        for (subject, at) in subjects {
            let of = |name| text(field(subject, name));
            let (Read::Is("ServiceAccount"), Read::Is(name)) = (of("kind"), of("name")) else { continue };
            let namespace = match of("namespace") {
                Read::Is(namespace) => namespace,
                // The API server asks for one; a template or a kustomization fills it in.
                Read::Absent | Read::Dynamic | Read::Wrong => "",
            };
            if name == "default" || !accounts.lacks(&row.fact.scope, "ServiceAccount", namespace, name) {
                continue;
            }
            let full = if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") };
            let message = format!("{} grants rights to the service account {full}, which no file has", row.title());
            let help = "add the service account, or take the subject away: who creates one of that name gets the rights";
            let mut finding = finding(row, "grants rights to what is not here", message, help, &full);
            let part: Option<&policy_core::report::Location> = row.fact.parts.get(at);
            finding.related.extend(part.map(|place| (place.clone(), "this subject".to_owned())));
            lacks(cluster, row, finding, out);
        }
    }
}

const DOCS: &str = r#"
Rights that are bound to a service account that is not there wait for it: who may create service accounts in the namespace creates this
one, and has them. Mostly a name or a namespace is wrong, and the workload lacks what the binding is for.

**Mend it:** add the service account, or take the subject away.

**How bad:** low.

Not reported: the service account `default`, which every namespace has, and accounts of namespaces for which no file has any: then they
are kept elsewhere. An object without a namespace may be of any.

**It does not see:** service accounts that an operator or another repository creates. It says that it does not know if there are templates
or kustomizations that it cannot read.

```yaml bad
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: web}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: read # <-
  namespace: web
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: webs, namespace: web}]
```

```yaml good
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: read}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: web, namespace: web}]
```

```yaml good
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: web}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: read, namespace: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: default, namespace: web}]
```

```yaml good
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: web}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: read, namespace: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: prometheus, namespace: monitoring}, {kind: User, name: webs}]
```
"#;
