use policy_core::document::Ref;
use policy_core::facts::{Cluster, JoinFinding, JoinOut, Row};
use policy_core::model::kubernetes::{field, is_dynamic};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Meta, Pillar, Platform, Reads, Rule, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "needless-token",
    meta: Meta {
        title: "a pod holds a token that is good for nothing",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Low,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.6", "NSA-3"],
        aliases: &["checkov/CKV_K8S_38", "kubescape/C-0190"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Cluster(check)],
    docs: crate::docs(DOCS),
};

const AUTOMOUNT: &str = "automountServiceAccountToken";

fn check(cluster: &Cluster<'_>, out: &mut JoinOut) {
    let bindings: Vec<&Row<'_>> = cluster.rows().iter().filter(|row| row.get("subjects").is_some()).collect();
    for row in cluster.rows().iter().filter(|row| row.is_workload() && row.get("open").is_none()) {
        let Read::Is(name) = row.text("serviceAccountName") else { continue };
        let accounts = cluster.find(row, "ServiceAccount", &row.fact.namespace, name);
        // An account that is not here may have rights that are not here either.
        let [account] = accounts.as_slice() else { continue };
        let unsaid = row.get(AUTOMOUNT).is_none() && account.get(AUTOMOUNT).is_none();
        if name == "default"
            || !unsaid
            || field(account.body, "annotations").is_some()
            || bindings.iter().any(|row| may_name(row, name))
        {
            continue;
        }
        if cluster.open {
            out.unknown(&row.fact.place, "which rights its account has");
        } else {
            out.found(finding(row, account, name));
        }
    }
}

// Whether a binding has the account among its subjects, by itself or as one of a group.
fn may_name(binding: &Row<'_>, name: &str) -> bool {
    binding.get("subjects").into_iter().flat_map(Ref::items).any(|subject| {
        let said = field(subject, "name").and_then(Ref::text).unwrap_or("");
        let unknown = said.is_empty() || is_dynamic(said);
        unknown || said == name || said.starts_with("system:serviceaccounts") || said.ends_with(&format!(":{name}"))
    })
}

fn finding(row: &Row<'_>, account: &Row<'_>, name: &str) -> JoinFinding {
    JoinFinding {
        at: row.fact.place.clone(),
        label: "holds a token".to_owned(),
        related: vec![(account.fact.place.location.clone(), "its account".to_owned())],
        severity: Severity::Low,
        confidence: Confidence::Low,
        message: format!("the pod holds a token of the account `{name}`, and nothing here gives that account a right"),
        help: "set `automountServiceAccountToken: false` in the ServiceAccount or the pod".to_owned(),
        object: row.title(),
        attributes: vec![("object", row.title())],
    }
}

const DOCS: &str = r#"
A token of its account lies in every pod that does not say otherwise, for whoever breaks in to try at the API server. Here nothing gives
the account a right, so the token serves nobody else.

**Mend it:** set `automountServiceAccountToken: false` in the ServiceAccount, or in the pod.

**How bad:** low, and not sure: some applications show the token to others, such as Vault, who ask the API server whose it is. The rule is
optional.

Not reported: accounts that are not in these files; accounts with annotations, by which clouds give rights; accounts that a binding names,
alone or by a group; pods and accounts that say whether the token is mounted.

**It does not see:** bindings that are in the cluster and not in these files.

```yaml bad
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web} # <-
spec:
  template:
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: nginx:1.29
```

```yaml good
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  serviceAccountName: web
  containers:
    - name: web
      image: nginx:1.29
```

```yaml good
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  serviceAccountName: web
  containers:
    - name: web
      image: nginx:1.29
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  serviceAccountName: web
  containers:
    - name: web
      image: nginx:1.29
```
"#;
