use policy_core::facts::{Cluster, JoinOut, Row};
use policy_core::model::kubernetes::boolean;
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Meta, Pillar, Platform, Reads, Rule, Severity, Status};

use crate::bundle::{Spaces, finding};

pub(crate) static RULE: Rule = Rule {
    id: "default-service-account",
    meta: Meta {
        title: "a pod holds the token of the default account",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::Medium,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.1.5", "NSA-3"],
        aliases: &["checkov/CKV_K8S_38", "checkov/CKV_K8S_41", "kube-linter/default-service-account", "kubescape/C-0189"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Cluster(check)],
    docs: crate::docs(DOCS),
};

const AUTOMOUNT: &str = "automountServiceAccountToken";

const MESSAGE: &str = "the pod holds the token of the account `default`, which all pods of its namespace share";

const HELP: &str =
    "set `automountServiceAccountToken: false`; or name an account of its own, if it asks the API server for something";

fn check(cluster: &Cluster<'_>, out: &mut JoinOut) {
    let mut settled = Spaces::default();
    let is_default = |row: &&Row<'_>| row.is("", "ServiceAccount") && row.fact.name == "default";
    for account in cluster.rows().iter().filter(is_default).filter(|account| account.get(AUTOMOUNT).is_some()) {
        settled.add(account);
    }
    // Templates of workflows run as whatever their caller says.
    let is_pod = |row: &&Row<'_>| row.is_workload() && !row.fact.kind.ends_with("WorkflowTemplate");
    for row in cluster.rows().iter().filter(is_pod) {
        let asked = match (row.text("serviceAccountName"), boolean(row.get(AUTOMOUNT))) {
            (Read::Absent | Read::Is("" | "default"), Read::Is(true)) => true,
            (Read::Absent | Read::Is("" | "default"), Read::Absent) => false,
            _ => continue,
        };
        if row.get("open").is_none() && (asked || !settled.may_have(row)) {
            out.found(finding(row, "runs as `default`", MESSAGE.to_owned(), HELP, &row.title()));
        }
    }
}

const DOCS: &str = r#"
A pod that names no account gets the token of `default`. It is of no use to the pod, as that account has no rights, until somebody gives
it some for one pod, and so for every pod of the namespace.

**Mend it:** set `automountServiceAccountToken: false` in the pod, or in the ServiceAccount `default` of the namespace. Give a pod that
asks the API server for something an account of its own.

**How bad:** low. The rule is optional.

Not reported: pods that name another account or mount no token; pods whose settings come from elsewhere too, such as
templates of workflows; pods in a namespace whose
account `default`, here in any file, says whether its token is mounted.

**It does not see:** accounts that are in the cluster and not in these files.

```yaml bad
apiVersion: apps/v1
kind: Deployment
metadata: {name: web} # <-
spec:
  template:
    spec:
      containers:
        - name: web
          image: nginx:1.29
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  automountServiceAccountToken: false
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

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.29
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: default}
automountServiceAccountToken: false
```
"#;
