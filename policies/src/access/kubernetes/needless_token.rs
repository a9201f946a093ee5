use policy_core::document::Ref;
use policy_core::facts::{Cluster, JoinFinding, JoinOut, Row};
use policy_core::map::Set;
use policy_core::model::kubernetes::{field, is_dynamic};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Meta, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::bundle::finding;

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
    let Some(named) = named(cluster) else { return };
    for row in cluster.rows().iter().filter(|row| row.is_workload() && row.get("open").is_none()) {
        let Read::Is(name) = row.text("serviceAccountName") else { continue };
        let accounts = cluster.find(row, "ServiceAccount", &row.fact.namespace, name);
        // An account that is not here may have rights that are not here either.
        let [account] = accounts.as_slice() else { continue };
        let unsaid = row.get(AUTOMOUNT).is_none() && account.get(AUTOMOUNT).is_none();
        if name == "default" || !unsaid || field(account.body, "annotations").is_some() || named.contains(name) {
            continue;
        }
        if cluster.open {
            out.unknown(&row.fact.place, "which rights its account has");
        } else {
            out.found(needless(row, account, name));
        }
    }
}

// The accounts that a binding may have among its subjects, be it by the names that they have as users; none where it may have any.
fn named<'c>(cluster: &Cluster<'c>) -> Option<Set<&'c str>> {
    let mut names = Set::new();
    for subject in cluster.rows().iter().filter_map(|row| row.get("subjects")).flat_map(Ref::items) {
        let said = field(subject, "name").and_then(Ref::text).unwrap_or("");
        if said.is_empty() || is_dynamic(said) || said.starts_with("system:serviceaccounts") {
            return None;
        }
        names.extend([said, said.rsplit(':').next().unwrap_or(said)]);
    }
    Some(names)
}

fn needless(row: &Row<'_>, account: &Row<'_>, name: &str) -> JoinFinding {
    let message = format!("the pod holds a token of the account `{name}`, and nothing here gives that account a right");
    let help = "set `automountServiceAccountToken: false` in the ServiceAccount or the pod";
    let mut finding = finding(row, "holds a token", message, help, &row.title());
    finding.related.push((account.fact.place.location.clone(), "its account".to_owned()));
    finding.confidence = Confidence::Low;
    finding
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
