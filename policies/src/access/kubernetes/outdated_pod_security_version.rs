use policy_core::model::kubernetes::{Object, Version, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "outdated-pod-security-version",
    meta: Meta {
        title: "a namespace that is held to an old version of the standard",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CIS-K8S-5.2.1", "NSA-1"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

/// Controls by the minor version that they came in with, and whether only Restricted has them.
const SINCE: &[(u8, bool, &str)] = &[
    (8, true, "allowPrivilegeEscalation"),
    (19, true, "seccompProfile"),
    (22, true, "capabilities"),
    (23, true, "runAsUser"),
    (34, false, "hosts of probes"),
];

fn check<'u>(cx: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let node = object.path(&["metadata", "labels", "pod-security.kubernetes.io/enforce-version"]);
    let Some(node) = node.filter(|_| object.is("", "Namespace")) else { return };
    let (Read::Is(version), Read::Is(level)) = (text(Some(node)), object.label("pod-security.kubernetes.io/enforce")) else {
        return;
    };
    let Some(pinned) = Version::parse(version).filter(|_| ["baseline", "restricted"].contains(&level)) else { return };
    // Which version the cluster has is not known unless it was given: then a pin may be that version.
    if cx.options.kubernetes_version.is_none() && pinned >= Version::OLDEST_RUN {
        return;
    }
    let missed = SINCE.iter().filter(|(since, restricted, _)| {
        (!restricted || level == "restricted") && cx.kubernetes.is_at_least(*since) && !pinned.is_at_least(*since)
    });
    let mut names = String::new();
    for (_, _, name) in missed {
        names.push_str(if names.is_empty() { "" } else { ", " });
        names.push_str(name);
    }
    if names.is_empty() {
        return;
    }
    let finding = RuleFinding::new(
        Place::node(node, "controls that came later are not enforced"),
        format!("{} is held to {level} as of {version}: not to what came since then ({names})", object.title()),
        "pin the version of your cluster, or `latest`",
        "enforce-version",
    );
    out.found(finding.rated(Severity::Low, Confidence::High).attribute("object", object.title()));
}

const DOCS: &str = r#"
`pod-security.kubernetes.io/enforce-version` holds a namespace to the Pod Security Standards as they were in one version. Controls that
came later do not count there: before 1.34, probes could name another host; before 1.22, Restricted did not ask to drop capabilities.

**Mend it:** pin the version that your cluster runs, and raise it with the cluster; or `latest`.

**How bad:** low.

Not reported: a version after which no control of the level was added up to the version of Kubernetes that is judged for
(`--kubernetes-version`), without that option one that clusters still run (1.33 and newer), text that is no version, and the level privileged.

**It does not see:** other admission controllers.

```yaml bad
apiVersion: v1
kind: Namespace
metadata:
  name: web
  labels:
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/enforce-version: v1.20 # <-
```

```yaml good
apiVersion: v1
kind: Namespace
metadata:
  name: web
  labels:
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/enforce-version: latest
```

```yaml good
apiVersion: v1
kind: Namespace
metadata:
  name: web
  labels:
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/enforce-version: v1.35
```

```yaml good
apiVersion: v1
kind: Namespace
metadata:
  name: web
  labels:
    pod-security.kubernetes.io/warn: restricted
    pod-security.kubernetes.io/warn-version: v1.20
```
"#;
