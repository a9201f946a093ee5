//! Jobs of GitLab that scan: their scans, and whether the failure of one stops the pipeline.

use policy_core::model::gitlab::{Job, Origin, Value};
use policy_core::read::Read;
use policy_core::rule::{Cx, Place};
use policy_core::shell::Command;

use crate::scanners::{can_fail, may_scan, scanner_of_command, thrown_away};
use crate::tool::is_run;

/// A command of a job that scans.
pub(crate) struct Scan<'u> {
    /// The job.
    pub(crate) job: Job<'u>,
    /// The scanner.
    pub(crate) tool: &'static str,
    /// What runs it.
    pub(crate) command: Command<'u>,
    /// Where and how its failure is thrown away by the script.
    pub(crate) ignored: Option<(Place<'u>, &'static str)>,
    /// Whether it fails for what it finds, if nothing keeps it from that.
    pub(crate) can_fail: bool,
}

/// The scans of a job. Work is taken from the budget; past it, there are none.
pub(crate) fn scans<'u>(cx: &Cx<'u>, job: Job<'u>) -> Vec<Scan<'u>> {
    let Some(script) = cx.unit.gitlab_script(&job) else { return Vec::new() };
    if !may_scan(script.script) || !cx.budget.spend(1 + script.script.text().len() / 8) {
        return Vec::new();
    }
    let scan = |command: Command<'u>| {
        let (tool, passes) = scanner_of_command(command).filter(|_| is_run(command))?;
        let origin = script.value_at(command.span().start as usize)?.0.origin();
        // An input may say from when on it fails.
        let thrown = thrown_away(command, passes).filter(|_| passes.is_none() || origin != Origin::Input);
        let ignored = match thrown {
            // What others wrote is for them to mend, and what they throw away never counts.
            Some(_) if !origin.is_own() => return None,
            Some((range, how)) => Some((script.place(range, "passes whatever it finds")?, how)),
            None => None,
        };
        Some(Scan { job, tool, command, ignored, can_fail: can_fail(tool, command) })
    };
    script.script.commands().filter_map(scan).collect()
}

/// What says that a job may fail: for itself, for the code by which scanners tell of findings, or in each rule by which it runs.
pub(crate) fn passing<'u>(job: &Job<'u>) -> Option<(&'static str, Value<'u>)> {
    if let Read::Is(allowed) = job.own("allow_failure") {
        let codes = allowed.get("exit_codes").is().map(Value::flat).unwrap_or_default();
        let by_code = codes.iter().any(|code| code.number() == Read::Is(1));
        if allowed.boolean() == Read::Is(true) || by_code {
            return Some(("allow_failure", allowed));
        }
    }
    let rules = job.rules().is()?;
    let mut runs = rules.iter().filter(|rule| rule.when() != Read::Is("never")).peekable();
    let first = runs.peek()?.value.get("allow_failure").is()?;
    runs.all(|rule| rule.allow_failure() == Read::Is(true)).then_some(("allow_failure", first))
}
