//! What the rules of the Pod Security Standards share. Source of the conditions: the checks of k8s.io/pod-security-admission.

use std::borrow::Cow;

use policy_core::document::{Kind, Ref};
use policy_core::model::kubernetes::{Container, Pod, field, text};
use policy_core::read::Read;
use policy_core::rule::{Cx, Out, Place, RuleFinding};

use crate::packs;
use crate::workload::title;

/// Whether pods are held against the level Restricted. Where one of its controls stands for one of Baseline, the rule gives that name.
pub(crate) fn is_restricted(cx: &Cx<'_>) -> bool {
    cx.options.pack.as_deref() == Some(packs::RESTRICTED)
}

/// Says of a value that a later step fills in that it is not known, where a standard is asked for: elsewhere it is no matter.
pub(crate) fn unknown<'u>(cx: &Cx<'u>, at: Ref<'u>, out: &mut Out<'u>) {
    say_unknown(cx, at, "the value that a later step fills in here", out);
}

/// Whether a standard is asked for. Elsewhere the weaker of two findings on one fact is not said.
pub(crate) fn is_standard(cx: &Cx<'_>) -> bool {
    is_restricted(cx) || cx.options.pack.as_deref() == Some(packs::BASELINE)
}

fn say_unknown<'u>(cx: &Cx<'u>, at: Ref<'u>, lacking: &str, out: &mut Out<'u>) {
    if is_standard(cx) {
        out.unknown(at, lacking);
    }
}

/// Whether nothing can be said of what the pod lacks, since a part of it comes from elsewhere; then a standard is told so.
pub(crate) fn comes_from_elsewhere<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) -> bool {
    if pod.is_open() {
        say_unknown(cx, head(cx, pod), "the rest of the pod, which comes from elsewhere", out);
    }
    pod.is_open()
}

/// Whether the pod is for Windows, which controls of Linux spare from 1.25 on, or may be.
pub(crate) fn may_be_windows<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) -> bool {
    let os = pod.path(&["os", "name"]).filter(|_| cx.kubernetes.is_at_least(25));
    spares(cx, os, text(os).map(|name| name == "windows"), out)
}

/// Whether the pod has users of its own, which some controls spare from 1.35 on, or may have.
pub(crate) fn may_have_own_users<'u>(cx: &Cx<'u>, pod: &Pod<'u>, out: &mut Out<'u>) -> bool {
    let users = pod.get("hostUsers").filter(|_| cx.kubernetes.is_at_least(35));
    spares(cx, users, policy_core::model::kubernetes::boolean(users).map(|of_host| !of_host), out)
}

fn spares<'u>(cx: &Cx<'u>, at: Option<Ref<'u>>, spared: Read<bool>, out: &mut Out<'u>) -> bool {
    match (spared, at) {
        (Read::Is(spared), _) => spared,
        (Read::Dynamic, Some(at)) => {
            unknown(cx, at, out);
            true
        }
        _ => false,
    }
}

/// What a finding costs of the budget of its file: some ten thousands fit.
const FINDING_COST: usize = 500;

/// The items of a list, as many as the budget has looks for.
pub(crate) fn items<'u>(cx: &Cx<'u>, list: Option<Ref<'u>>) -> impl Iterator<Item = Ref<'u>> + use<'u> {
    let budget = cx.budget;
    list.into_iter().flat_map(Ref::items).take_while(|_| budget.spend(1))
}

/// Whom a setting is of.
#[derive(Clone, Copy)]
pub(crate) struct Owner<'u> {
    container: Option<Container<'u>>,
}

impl<'u> Owner<'u> {
    /// The pod, for all of its containers.
    pub(crate) const POD: Self = Self { container: None };

    /// One container.
    pub(crate) fn container(container: &Container<'u>) -> Self {
        Self { container: Some(*container) }
    }

    /// The name of it in a sentence.
    pub(crate) fn name(&self, cx: &Cx<'u>, pod: &Pod<'u>) -> String {
        match &self.container {
            Some(container) if !container.name().is_empty() => format!("the container `{}`", container.name()),
            // Templates of Argo have one that needs no name.
            Some(_) => format!("the container of `{}`", title(cx, pod)),
            None => format!("the pod of `{}`", title(cx, pod)),
        }
    }

    /// A finding on a part of it, by the control of the standard that forbids it.
    pub(crate) fn finding(
        &self,
        (cx, pod): (&Cx<'u>, &Pod<'u>),
        control: &'static str,
        at: Place<'u>,
        message: impl Into<Cow<'static, str>>,
        help: &'static str,
    ) -> RuleFinding<'u> {
        // One list may be that of many pods, by an alias or a workflow around them: then each of them finds what stands in it.
        let _ = cx.budget.spend(FINDING_COST);
        let title = title(cx, pod);
        let object = self.container.map_or_else(|| title.clone(), |container| container.name().to_owned());
        RuleFinding::new(at, message, help, object).attribute("control", control).attribute("object", title)
    }
}

fn head<'u>(cx: &Cx<'u>, pod: &Pod<'u>) -> Ref<'u> {
    cx.unit.object_of(pod).map_or(pod.node(), |object| pod.head(object))
}

/// The values of a field of the security context: that of the pod, then those of its containers.
pub(crate) fn settings<'u>(cx: &Cx<'u>, pod: &Pod<'u>, name: &str) -> Vec<(Owner<'u>, Ref<'u>)> {
    let mut found = Vec::new();
    found.extend(pod.security(name).map(|value| (Owner::POD, value)));
    for container in cx.unit.containers_of(pod) {
        found.extend(container.security(name).map(|value| (Owner::container(container), value)));
    }
    found
}

/// The same for fields that hold a mapping with `part`: whose it is, where it stands, and its text, empty where there is none.
pub(crate) fn parts<'u>(cx: &Cx<'u>, pod: &Pod<'u>, name: &str, part: &str) -> Vec<(Owner<'u>, Ref<'u>, Read<&'u str>)> {
    let mut found = Vec::new();
    for (owner, whole) in settings(cx, pod, name).into_iter().filter(|(_, whole)| whole.kind() == Kind::Mapping) {
        let value = field(whole, part);
        let read = if value.is_none() { Read::Is("") } else { text(value) };
        found.push((owner, value.unwrap_or(whole), read));
    }
    found
}
