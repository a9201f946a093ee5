//! Kinds that carry pods, and where in them the pods stand.

use super::{Object, field, fields};
use crate::document::{Kind, Ref};

/// How a pod is written at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `metadata` and `spec` of a pod.
    Template,
    /// The same, but a controller adds containers and settings of its own.
    PartOfTemplate,
    /// A pod by the fields of an operator: some of those of a pod's `spec`, under the same names.
    Fields,
    /// A template of an Argo Workflow: `container`, `script`, `containerSet`, `initContainers`, `sidecars`.
    Argo,
    /// A step of Tekton that tasks refer to.
    Step,
    /// A task of Tekton: `steps`, `sidecars`, `stepTemplate`.
    Tekton,
}

/// A place in objects of a kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carrier {
    pub(super) group: &'static str,
    pub(super) kind: &'static str,
    /// The fields down to it; `[]` is every item of a sequence, `{}` every value of a mapping, `{}X` the fields whose names end in X.
    pub(super) path: &'static [&'static str],
    pub(super) shape: Shape,
}

const fn at(group: &'static str, kind: &'static str, path: &'static [&'static str], shape: Shape) -> Carrier {
    Carrier { group, kind, path, shape }
}

use Shape::{Argo, Fields, PartOfTemplate, Step, Tekton, Template};

const TEMPLATE: &[&str] = &["spec", "template"];
const REPLICAS: &[&str] = &["spec", "{}ReplicaSpecs", "{}", "template"];

/// All of them. Sources: the API reference of Kubernetes, and of each project its own reference of the kind.
pub(super) static CARRIERS: &[Carrier] = &[
    at("", "Pod", &[], Template),
    at("", "PodTemplate", &["template"], Template),
    at("", "ReplicationController", TEMPLATE, Template),
    at("apps", "DaemonSet", TEMPLATE, Template),
    at("apps", "Deployment", TEMPLATE, Template),
    at("apps", "ReplicaSet", TEMPLATE, Template),
    at("apps", "StatefulSet", TEMPLATE, Template),
    at("extensions", "DaemonSet", TEMPLATE, Template),
    at("extensions", "Deployment", TEMPLATE, Template),
    at("extensions", "ReplicaSet", TEMPLATE, Template),
    at("batch", "CronJob", &["spec", "jobTemplate", "spec", "template"], Template),
    at("batch", "Job", TEMPLATE, Template),
    at("", "DeploymentConfig", TEMPLATE, Template),
    at("apps.openshift.io", "DeploymentConfig", TEMPLATE, Template),
    at("apps.kruise.io", "AdvancedCronJob", &["spec", "template", "jobTemplate", "spec", "template"], Template),
    at("apps.kruise.io", "BroadcastJob", TEMPLATE, Template),
    at("apps.kruise.io", "CloneSet", TEMPLATE, Template),
    at("apps.kruise.io", "DaemonSet", TEMPLATE, Template),
    at("apps.kruise.io", "StatefulSet", TEMPLATE, Template),
    at("argoproj.io", "ClusterWorkflowTemplate", &["spec", "templates", "[]"], Argo),
    at("argoproj.io", "CronWorkflow", &["spec", "workflowSpec", "templates", "[]"], Argo),
    at("argoproj.io", "Rollout", TEMPLATE, Template),
    at("argoproj.io", "Workflow", &["spec", "templates", "[]"], Argo),
    at("argoproj.io", "WorkflowTemplate", &["spec", "templates", "[]"], Argo),
    at("batch.volcano.sh", "Job", &["spec", "tasks", "[]", "template"], Template),
    at("jobset.x-k8s.io", "JobSet", &["spec", "replicatedJobs", "[]", "template", "spec", "template"], Template),
    at("keda.sh", "ScaledJob", &["spec", "jobTargetRef", "template"], Template),
    at("kubeflow.org", "MPIJob", REPLICAS, Template),
    at("kubeflow.org", "PyTorchJob", REPLICAS, Template),
    at("kubeflow.org", "TFJob", REPLICAS, Template),
    at("kubeflow.org", "XGBoostJob", REPLICAS, Template),
    at("leaderworkerset.x-k8s.io", "LeaderWorkerSet", &["spec", "leaderWorkerTemplate", "leaderTemplate"], Template),
    at("leaderworkerset.x-k8s.io", "LeaderWorkerSet", &["spec", "leaderWorkerTemplate", "workerTemplate"], Template),
    at("monitoring.coreos.com", "Alertmanager", &["spec"], Fields),
    at("monitoring.coreos.com", "Prometheus", &["spec"], Fields),
    at("monitoring.coreos.com", "PrometheusAgent", &["spec"], Fields),
    at("monitoring.coreos.com", "ThanosRuler", &["spec"], Fields),
    at("ray.io", "RayCluster", &["spec", "headGroupSpec", "template"], Template),
    at("ray.io", "RayCluster", &["spec", "workerGroupSpecs", "[]", "template"], Template),
    at("ray.io", "RayJob", &["spec", "rayClusterSpec", "headGroupSpec", "template"], Template),
    at("ray.io", "RayJob", &["spec", "rayClusterSpec", "workerGroupSpecs", "[]", "template"], Template),
    at("serving.knative.dev", "Configuration", TEMPLATE, Template),
    at("serving.knative.dev", "Revision", &[], Template),
    at("serving.knative.dev", "Service", TEMPLATE, Template),
    at("sparkoperator.k8s.io", "SparkApplication", &["spec", "driver", "template"], PartOfTemplate),
    at("sparkoperator.k8s.io", "SparkApplication", &["spec", "executor", "template"], PartOfTemplate),
    at("tekton.dev", "ClusterTask", &["spec"], Tekton),
    at("tekton.dev", "Pipeline", &["spec", "tasks", "[]", "taskSpec"], Tekton),
    at("tekton.dev", "Pipeline", &["spec", "finally", "[]", "taskSpec"], Tekton),
    at("tekton.dev", "PipelineRun", &["spec", "pipelineSpec", "tasks", "[]", "taskSpec"], Tekton),
    at("tekton.dev", "PipelineRun", &["spec", "pipelineSpec", "finally", "[]", "taskSpec"], Tekton),
    at("tekton.dev", "StepAction", &["spec"], Step),
    at("tekton.dev", "Task", &["spec"], Tekton),
    at("tekton.dev", "TaskRun", &["spec", "taskSpec"], Tekton),
];

/// The places in an object where pods stand, by the shape that they have there.
pub(super) fn places<'u>(object: &Object<'u>) -> Vec<(Shape, Ref<'u>)> {
    let mut found = Vec::new();
    for carrier in CARRIERS.iter().filter(|carrier| object.is(carrier.group, carrier.kind)) {
        walk(object.node(), carrier.path, &mut |node| found.push((carrier.shape, node)));
    }
    found
}

/// Whether objects of a kind carry pods.
pub(super) fn carries_pods(object: &Object<'_>) -> bool {
    CARRIERS.iter().any(|carrier| object.is(carrier.group, carrier.kind))
}

fn walk<'u>(node: Ref<'u>, path: &[&str], take: &mut dyn FnMut(Ref<'u>)) {
    let Some((first, rest)) = path.split_first() else {
        if node.kind() == Kind::Mapping {
            take(node);
        }
        return;
    };
    match *first {
        "[]" => node.items().for_each(|item| walk(item, rest, take)),
        "{}" => fields(node).for_each(|(_, value)| walk(value, rest, take)),
        name => match name.strip_prefix("{}") {
            Some(ending) => {
                let ends = |key: Ref<'_>| key.text().is_some_and(|key| key.ends_with(ending));
                fields(node).filter(|(key, _)| ends(*key)).for_each(|(_, value)| walk(value, rest, take));
            }
            None => field(node, name).into_iter().for_each(|value| walk(value, rest, take)),
        },
    }
}
