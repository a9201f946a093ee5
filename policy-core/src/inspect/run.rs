//! The rules of a call, run over one unit.

use super::{Crumb, Engine, MAX_FINDINGS, Partial, lower, too_complex};
use crate::document::NodeId;
use crate::map::Map;
use crate::read::Read;
use crate::report::Unknown;
use crate::rule::{Check, Confidence, Cx, Out, Reads, Rule, RuleFinding};
use crate::sort::sorted;

/// Runs every rule that is asked for, and puts into the partial what they say.
pub(super) fn run_rules<'u>(engine: Engine<'u>, cx: &Cx<'u>, lowering: &lower::Lowering<'_, 'u>, partial: &mut Partial) {
    let found = found(engine, cx, lowering, partial);
    let mut ordinals = Map::new();
    let fixes = if engine.options.without_fixes { Vec::new() } else { lowering.fixes(&found) };
    let fixes = fixes.into_iter().chain(std::iter::repeat_with(|| None));
    let rows = found.iter().zip(fixes).filter_map(|((rule, finding), fix)| lowering.row(rule, finding, fix, &mut ordinals));
    partial.findings.extend(rows);
}

/// What every rule finds, by rule and place; what a rule cannot tell goes to the partial.
fn found<'u>(
    engine: Engine<'u>,
    cx: &Cx<'u>,
    lowering: &lower::Lowering<'_, 'u>,
    partial: &mut Partial,
) -> Vec<(&'static str, RuleFinding<'u>)> {
    let mut found = Vec::new();
    let platform = cx.unit.platform();
    let refused = cx.unit.refused(cx.kubernetes);
    for rule in engine.asked.iter().filter(|rule| rule.meta.platforms.contains(&platform)) {
        (engine.breadcrumb)(Crumb::Rule(rule.id));
        let mut out = Out::default();
        for check in rule.checks {
            run_check(cx, rule, check, &mut out);
        }
        for (node, lacking) in out.unknown {
            if partial.unknown.len() >= MAX_FINDINGS {
                too_complex(partial, &format!("more than {MAX_FINDINGS} things that are not known; the rest is left out"));
                return found;
            }
            let location = lowering.location(node, None);
            partial.unknown.push(Unknown { rule: rule.id.to_owned(), location, lacking });
        }
        // A step that several jobs share through an alias is one place and one finding: the worst.
        let place = |finding: &RuleFinding<'u>| {
            let start = finding.at.range.as_ref().map_or(0, |range| range.start);
            (lowering.other(finding.at.node), finding.at.node.id(), start)
        };
        let mut findings = sorted(out.findings, |a, b| {
            place(a).cmp(&place(b)).then_with(|| a.message.cmp(&b.message)).then_with(|| b.severity.cmp(&a.severity))
        });
        for finding in &mut findings {
            if stands_in(&refused, finding.at.node.id()) {
                finding.confidence = finding.confidence.min(Confidence::Medium);
            }
        }
        findings.dedup_by(|a, b| a.at.node == b.at.node && a.at.range == b.at.range && a.message == b.message);
        for finding in findings {
            if found.len() >= MAX_FINDINGS {
                too_complex(partial, &format!("more than {MAX_FINDINGS} findings; the rest is left out"));
                return found;
            }
            found.push((rule.id, finding));
        }
    }
    found
}

// Whether a node stands in one of these ranges, which are in order and apart.
fn stands_in(ranges: &[(NodeId, NodeId)], node: NodeId) -> bool {
    let before = ranges.partition_point(|(start, _)| *start <= node);
    before.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|(_, end)| node < *end)
}

fn run_check<'u>(cx: &Cx<'u>, rule: &Rule, check: &Check, out: &mut Out<'u>) {
    let unit = cx.unit;
    match check {
        Check::Document(check) => check(cx, unit.document(), out),
        Check::Workflow(check) => unit.workflow().into_iter().for_each(|workflow| check(cx, workflow, out)),
        Check::Job(check) => {
            for job in unit.jobs().iter().take_while(|_| cx.budget.spend(1)) {
                let called = if rule.reads == Reads::CalledWorkflow { job.uses() } else { Read::Absent };
                match called {
                    Read::Is((node, _)) if unit.called_workflow(job) == Dynamic => {
                        out.unknown(node, "the workflow that this job calls");
                    }
                    _ => check(cx, job, out),
                }
            }
        }
        Check::Step(check) => {
            // All or none: what is left of a budget that does not last for all steps is no answer either.
            if cx.budget.spend(unit.steps_size()) {
                unit.steps().iter().for_each(|step| check(cx, step, out));
            }
        }
        Check::Expression(check) => {
            let sites = unit.sites().iter().filter(|site| site.expression.is_ok());
            sites.take_while(|_| cx.budget.spend(1)).for_each(|site| check(cx, site, out));
        }
        Check::Action(check) => unit.action().into_iter().for_each(|action| check(cx, action, out)),
        Check::Dependabot(check) => unit.dependabot().into_iter().for_each(|dependabot| check(cx, dependabot, out)),
        Check::Codeowners(check) => unit.codeowners().into_iter().for_each(|owners| check(cx, owners, out)),
        Check::Pipeline(check) => {
            unit.pipelines().take_while(|_| cx.budget.spend(1)).for_each(|pipeline| check(cx, &pipeline, out));
        }
        Check::GitlabJob(check) => {
            let jobs = unit.pipelines().flat_map(|pipeline| pipeline.jobs());
            jobs.take_while(|_| cx.budget.spend(1)).for_each(|job| check(cx, &job, out));
        }
        Check::Object(check) => {
            unit.objects().iter().take_while(|_| cx.budget.spend(1)).for_each(|object| check(cx, object, out));
        }
        Check::Pod(check) => unit.pods().iter().take_while(|_| cx.budget.spend(1)).for_each(|pod| check(cx, pod, out)),
        Check::Container(check) => {
            unit.containers().iter().take_while(|_| cx.budget.spend(1)).for_each(|container| check(cx, container, out));
        }
        Check::Join(_) | Check::Cluster(_) => {}
    }
}

// Compares any answer with "not known here", whatever it would hold.
struct Dynamic;

impl<T> PartialEq<Dynamic> for Read<T> {
    fn eq(&self, _: &Dynamic) -> bool {
        matches!(self, Self::Dynamic)
    }
}
