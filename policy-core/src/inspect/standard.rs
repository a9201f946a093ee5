//! The controls of a standard that a pod fails, whatever rules are asked for: a namespace may enforce them.

use crate::api::Options;
use crate::map::Set;
use crate::model::kubernetes::Pod;
use crate::pack::PackSet;
use crate::rule::{Check, Cx, Out, Rule, RuleSet};

/// A pack that is a standard.
#[derive(Debug)]
pub struct Standard {
    /// The pack.
    pub id: &'static str,
    rules: Vec<&'static Rule>,
    options: Options,
}

/// The packs that are standards, where a rule is asked for that joins objects.
#[must_use]
pub fn standards(packs: PackSet, rules: RuleSet, asked: &[&'static Rule]) -> Vec<Standard> {
    let joins = asked.iter().any(|rule| rule.checks.iter().any(|check| matches!(check, Check::Cluster(_))));
    let standards = packs.iter().filter(|pack| pack.is_standard && joins);
    let standard = |pack: &crate::pack::Pack| Standard {
        id: pack.id,
        rules: pack.rules(rules),
        options: Options { pack: Some(pack.id.to_owned()), ..Options::default() },
    };
    standards.map(standard).collect()
}

/// The names of the controls of a standard that a pod fails.
pub(super) fn failed<'u>(cx: &Cx<'u>, standard: &'u Standard, pod: &Pod<'u>) -> Set<String> {
    let cx = Cx { options: &standard.options, ..*cx };
    let mut out = Out::default();
    for check in standard.rules.iter().flat_map(|rule| rule.checks) {
        match check {
            Check::Pod(check) => check(&cx, pod, &mut out),
            Check::Container(check) => {
                let containers = cx.unit.containers_of(pod).iter();
                containers.take_while(|_| cx.budget.spend(1)).for_each(|container| check(&cx, container, &mut out));
            }
            _ => {}
        }
    }
    let mut controls = Set::new();
    let attributes = out.findings.into_iter().flat_map(|finding| finding.attributes);
    controls.extend(attributes.filter(|(name, _)| *name == "control").map(|(_, control)| control));
    controls
}
