//! How bad it is when text becomes code: who chooses the text, and what the run has.

use policy_core::flow::{Origin, Source};
use policy_core::model::github::Event::{Push, WorkflowCall};
use policy_core::model::github::{Capability, Event, Step};
use policy_core::reach::{Attack, PRIVILEGED, Reach, Starter};
use policy_core::rule::{Confidence, Cx, RuleFinding, Severity};

use crate::outsider::{Outsider, reach_of, step_keeps_out};
use crate::ref_name::{Pushed, is_base, is_of_run, is_plain, pushed};

/// How bad, how sure, and who chooses the text, as a clause.
#[derive(Debug)]
pub(crate) struct Rating {
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    pub(crate) who: String,
    reason: Option<String>,
}

impl Rating {
    fn new(severity: Severity, confidence: Confidence, who: impl Into<String>) -> Self {
        Self { severity, confidence, who: who.into(), reason: None }
    }

    /// The finding, rated so.
    pub(crate) fn rate<'u>(self, finding: RuleFinding<'u>) -> RuleFinding<'u> {
        RuleFinding { reason: self.reason, ..finding.rated(self.severity, self.confidence) }
    }
}

/// How bad it is that a script has text of this origin in it; none where it can do no harm, or is a secret.
pub(crate) fn rating(cx: &Cx<'_>, step: &Step<'_>, origin: &Origin<'_>) -> Option<Rating> {
    match (origin.source, origin.capability) {
        (Source::Secret | Source::Runner | Source::Constant, _) | (_, Capability::Fixed | Capability::Structured) => None,
        (_, Capability::Unknown) => {
            Some(Rating::new(Severity::Info, Confidence::Low, "what it holds is only known when the workflow runs"))
        }
        (Source::Github, _) if is_plain(cx, step, &origin.path) => None,
        (Source::Github, _) if !origin.chosen_in.is_empty() => match chosen_by_outsiders(cx, step, origin) {
            None if origin.serialised => Some(weighed(cx, step, Confidence::High, "it can hold any text")),
            other => other,
        },
        (Source::Input, _) if cx.unit.job_of(step).is_none() => {
            Some(weighed(cx, step, Confidence::Medium, "whoever uses this action chooses it"))
        }
        (Source::Input, _) if cx.unit.events().has(WorkflowCall) => {
            Some(weighed(cx, step, Confidence::Medium, "whoever calls this workflow chooses it"))
        }
        (Source::Input, _) => Some(by_member(cx, step, ONLY_DISPATCHED, "whoever starts the workflow chooses it")),
        (Source::Github, _) if is_of_run(&origin.path) => {
            let pushed = pushed(cx, step).map_or("", Pushed::named);
            Some(by_member(cx, step, &format!("it takes someone who may push {pushed}"), NAME_OF_REF))
        }
        (Source::Github, _) if is_base(&origin.path) => {
            Some(by_member(cx, step, "it takes someone who may push a branch", NAME_OF_REF))
        }
        (Source::Github, _) if is_name_of_ref(&origin.path) => Some(weighed(cx, step, Confidence::High, NAME_OF_REF)),
        _ => Some(weighed(cx, step, Confidence::High, "it can hold any text")),
    }
}

/// git refuses white space and some marks in such names, but not all that a shell acts on.
const NAME_OF_REF: &str = "it can hold what a shell executes, such as `$(…)`";

const ONLY_DISPATCHED: &str = "only who may write to the repository starts the runs that fill it";

fn is_name_of_ref(path: &str) -> bool {
    path.rsplit('.').next().is_some_and(|name| {
        ["ref", "ref_name", "head_ref", "base_ref", "tag_name", "default_branch"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    })
}

fn weighed(cx: &Cx<'_>, step: &Step<'_>, confidence: Confidence, who: &str) -> Rating {
    let weighed = reach_of(cx, step).weigh(Severity::Medium, Severity::Low..=Severity::Medium, Attack::ByStarter);
    Rating { reason: Some(weighed.reason), ..Rating::new(weighed.severity, confidence, who) }
}

// The same where the workflow's other events do not fill the text: it takes a member.
fn by_member(cx: &Cx<'_>, step: &Step<'_>, why: &str, who: &str) -> Rating {
    let reach = reach_of(cx, step);
    if reach.starter == Starter::Caller || (reach.starter == Starter::Member && why == ONLY_DISPATCHED) {
        return weighed(cx, step, Confidence::High, who);
    }
    let weighed =
        Reach { starter: Starter::Member, ..reach }.weigh(Severity::Medium, Severity::Low..=Severity::Medium, Attack::ByStarter);
    let what = reach.power.and_then(|power| power.named()).map_or_else(String::new, |what| format!(", {what}"));
    Rating { reason: Some(format!("{why}{what}")), ..Rating::new(weighed.severity, Confidence::High, who) }
}

/// How bad it is if outsiders choose the text; none if they do not, or if no event of the workflow fills it.
pub(crate) fn chosen_by_outsiders(cx: &Cx<'_>, step: &Step<'_>, origin: &Origin<'_>) -> Option<Rating> {
    let chosen_in = origin.chosen_in;
    if chosen_in.is_empty() || is_plain(cx, step, &origin.path) {
        return None;
    }
    if cx.unit.job_of(step).is_none() {
        let who = "whoever causes the event of a workflow that uses this action chooses it";
        return Some(Rating::new(Severity::High, Confidence::Medium, who));
    }
    let filling = cx.unit.events().and(chosen_in);
    let open = |event: &Event| !step_keeps_out(cx, step, *event, outsider(&origin.path));
    if let Some(event) = filling.and(PRIVILEGED).iter().find(open) {
        let who = format!("anyone who can cause `{}` chooses it", event.name());
        return Some(Rating::new(Severity::High, Confidence::High, who));
    }
    if cx.unit.events().has(WorkflowCall) {
        let who = "whoever causes the event of a workflow that calls this one chooses it";
        return Some(Rating::new(Severity::High, Confidence::Medium, who));
    }
    if let Some(event) = filling.without(PRIVILEGED).iter().find(open) {
        let who = match event {
            Push => "whoever gets a commit merged chooses it".to_owned(),
            _ => format!("whoever opens a pull request chooses it (from a fork, `{}` runs without secrets)", event.name()),
        };
        return Some(Rating::new(Severity::Medium, Confidence::High, who));
    }
    let who = "only who is known to the repository gets past the conditions and chooses it";
    (!filling.is_empty()).then(|| Rating::new(Severity::Low, Confidence::High, who))
}

// Who writes a comment starts the run; what else there is may be an outsider's also where a member does.
fn outsider(path: &str) -> Outsider {
    let lower = path.to_ascii_lowercase();
    let of_starter = [".comment.", ".review.", ".review_comment."].iter().any(|part| lower.contains(part));
    if of_starter { Outsider::Starter } else { Outsider::Author }
}
