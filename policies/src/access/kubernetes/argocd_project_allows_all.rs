use policy_core::document::Ref;
use policy_core::model::kubernetes::{Object, field, text};
use policy_core::read::Read;
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};

pub(crate) static RULE: Rule = Rule {
    id: "argocd-project-allows-all",
    meta: Meta {
        title: "a project of Argo CD without bounds",
        pillar: Pillar::Access,
        platforms: &[Platform::Kubernetes],
        severity: Severity::Low,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-5"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Object(check)],
    docs: crate::docs(DOCS),
};

fn check<'u>(_: &Cx<'u>, object: &Object<'u>, out: &mut Out<'u>) {
    let Some(spec) = object.get("spec").filter(|_| object.is("argoproj.io", "AppProject")) else { return };
    let items = |name| field(spec, name).into_iter().flat_map(Ref::items);
    let all = |item: Ref<'_>, name| text(field(item, name)) == Read::Is("*");
    let sources = items("sourceRepos").find(|item| text(Some(*item)) == Read::Is("*"));
    let destinations = items("destinations").find(|item| all(*item, "namespace") && (all(*item, "server") || all(*item, "name")));
    let resources = items("clusterResourceWhitelist").find(|item| all(*item, "group") && all(*item, "kind"));
    for (found, name, what) in [
        (sources, "sourceRepos", "takes manifests from every repository"),
        (destinations, "destinations", "deploys to every namespace of every cluster"),
        (resources, "clusterResourceWhitelist", "may change every object of the cluster's own, roles among them"),
    ] {
        let Some(node) = found else { continue };
        let node = node.entries().next().map_or(node, |(key, _)| key);
        let finding = RuleFinding::new(
            Place::node(node, "no bound"),
            format!("{} {what}", object.title()),
            format!("name in `{name}` what the applications of the project need"),
            name,
        );
        out.found(finding.rated(Severity::Low, Confidence::High).attribute("object", object.title()));
    }
}

const DOCS: &str = r#"
A project of Argo CD bounds what its applications may take from where, and put where. With `*`, who may write an application of the
project, or push to a repository that one follows, deploys what they like with the rights of Argo CD.

**Mend it:** name the repositories, the clusters and namespaces, and the kinds.

**How bad:** low: it depends on who may write applications in the project.

Not reported: a pattern with a star in it (`https://git.example.com/team/*`), and every namespace of one cluster.

**It does not see:** the project `default` where no file sets it (it has no bounds), and who may use a project.

```yaml bad
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: web
spec:
  sourceRepos: ["*"] # <-
  destinations:
    - namespace: "*" # <-
      server: "*"
```

```yaml good
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: web
spec:
  sourceRepos: ["https://git.example.com/web/*"]
```

```yaml good
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: web
spec:
  destinations: [{namespace: "*", server: https://kubernetes.default.svc}]
```

```yaml good
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: web
spec:
  clusterResourceWhitelist: [{group: "*", kind: Namespace}]
  namespaceResourceWhitelist: [{group: "*", kind: "*"}]
```
"#;
