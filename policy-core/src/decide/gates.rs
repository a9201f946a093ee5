//! The gates: each looks at one kind of thing and says what it alone would decide, with its trace.

use crate::pack::Pack;
use crate::report::{
    Action, Coverage, ExceptionState, FileCoverage, FileState, Gate, Ignore, IgnoreState, Outcome, PolicyReport, Verdict, Why,
    WhyCode,
};

/// What was found.
pub(super) fn findings(verdicts: &[Verdict], ignores: &[Ignore], standard: Option<&Pack>, policy: Option<&PolicyReport>) -> Gate {
    let count = |action| verdicts.iter().filter(|verdict| verdict.action == action).count();
    let (denied, warned) = (count(Action::Deny), count(Action::Warn));
    let by_policy = policy.is_some_and(|policy| !policy.layers.is_empty());
    let mut trace = Vec::new();
    let mut say = |count: usize, what: &str, then: &str| {
        if count > 0 {
            trace.push(format!("{} {then}", counted(count, what)));
        }
    };
    let denies = match standard {
        Some(pack) => format!("by the standard {}", pack.id),
        None if by_policy => "that the policy denies".to_owned(),
        None => "of high severity and high confidence".to_owned(),
    };
    say(denied, "finding", &denies);
    say(warned, "finding", if by_policy { "that the policy warns of" } else { "of lower severity or confidence" });
    say(count(Action::Ignored), "finding", "ignored where it stands, with a reason");
    say(count(Action::Excepted), "finding", "under exceptions");
    say(count(Action::Baselined), "finding", "in the baseline");
    say(count(Action::Existing), "finding", "that stood before the change");
    say(count(Action::DryRun), "finding", "by rules on trial");
    let refused = ignores.iter().filter(|ignore| matches!(ignore.state, IgnoreState::Refused | IgnoreState::Invalid)).count();
    say(refused, "inline ignore", "not granted");
    if let Some(policy) = policy {
        let exceptions = policy.exceptions.iter().filter(|exception| exception.state == ExceptionState::NotGranted).count();
        say(policy.not_granted.len(), "setting", "of the policy not granted");
        say(exceptions, "exception", "not granted");
        let entries = policy.baselines.iter().map(|baseline| baseline.not_granted as usize).sum();
        say(entries, "finding", "of a baseline that is not granted");
    }
    let outcome = match (denied, warned) {
        (0, 0) => Outcome::Allow,
        (0, _) => Outcome::Warn,
        _ => Outcome::Deny,
    };
    Gate { gate: "findings".to_owned(), outcome, trace }
}

/// What was looked at. "Nothing found" and "nothing looked at" are not the same.
/// `least` is the share of files that has to be judged in full, in thousandths.
pub(super) fn coverage(coverage: &Coverage, least: u32) -> Gate {
    let mut outcome = Outcome::Allow;
    let mut trace = Vec::new();
    let mut say = |files: Vec<&FileCoverage>, then: Outcome, what: &str| {
        let paths: Vec<&str> = files.iter().take(3).map(|file| file.path.as_str()).collect();
        if !files.is_empty() {
            outcome = outcome.max(then);
            let more = if files.len() > paths.len() { ", …" } else { "" };
            trace.push(format!("{} {what}: {}{more}", counted(files.len(), "file"), paths.join(", ")));
        }
    };
    let in_state = |state| coverage.files.iter().filter(move |file| file.state == state);
    let (denying, harmless): (Vec<_>, Vec<_>) = in_state(FileState::Refused).partition(|file| denies(file));
    let (steering, executed): (Vec<_>, Vec<_>) = denying.into_iter().partition(|file| !is_executed(file));
    let (manifests, steering): (Vec<_>, Vec<_>) =
        steering.into_iter().partition(|file| file.roles.iter().any(|role| role == "kubernetes"));
    say(executed, Outcome::Deny, "that CI executes cannot be read");
    say(manifests, Outcome::Deny, "of manifests cannot be read, which a cluster may still take");
    say(steering, Outcome::Deny, "of settings cannot be read");
    let (cut, partly): (Vec<_>, Vec<_>) = in_state(FileState::Partly).partition(|file| has(file, WhyCode::TooComplex));
    say(cut, Outcome::Deny, "too complex to be judged in full");
    say(harmless, Outcome::Warn, "cannot be read");
    say(partly, Outcome::Warn, "judged in part");
    let templates = in_state(FileState::Opaque).filter(|file| has(file, WhyCode::Template)).collect();
    say(templates, Outcome::Warn, "are templates that have to be rendered first");
    let ours = coverage.files.iter().filter(|file| is_ours(file)).count();
    let judged = coverage.files.iter().filter(|file| is_ours(file) && file.state == FileState::Judged).count();
    if judged as u64 * 1000 < ours as u64 * u64::from(least) {
        outcome = Outcome::Deny;
        trace.push(format!("{judged} of {ours} files judged in full, and `minCoverage` asks for {}.{} %", least / 10, least % 10));
    }
    if coverage.judged + coverage.partly == 0 && outcome < Outcome::Deny {
        outcome = Outcome::Error;
        trace.push("nothing was judged".to_owned());
    }
    Gate { gate: "coverage".to_owned(), outcome, trace }
}

// Nobody claims other files to be of a kind that is judged.
fn is_ours(file: &FileCoverage) -> bool {
    let other = |why: &Why| matches!(why.code, WhyCode::Unrecognised | WhyCode::UnjudgedKind | WhyCode::IncludeOnly);
    file.state != FileState::Opaque || !file.why.iter().all(other)
}

// A file without the form that its platform asks for is not executed, so it harms no one.
fn denies(file: &FileCoverage) -> bool {
    // So does a part of a pipeline that nothing includes; what includes one that cannot be read is judged in part.
    file.roles.iter().any(|role| role != "gitlab-part") && !file.why.iter().all(|why| why.code == WhyCode::WrongForm)
}

// Settings of Dependabot and owners of files steer what is executed.
fn is_executed(file: &FileCoverage) -> bool {
    file.roles.iter().any(|role| matches!(role.as_str(), "github-workflow" | "github-action"))
}

fn has(file: &FileCoverage, code: WhyCode) -> bool {
    file.why.iter().any(|why| why.code == code)
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
