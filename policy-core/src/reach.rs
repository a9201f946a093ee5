//! Reach: who can start what a workflow runs, times what a run can then do. Rules raise or lower severity by it, and say so.

use std::ops::RangeInclusive;

use crate::model::github::expression::Segment;
use crate::model::github::{Event, Events, Grant, Job, Permissions};
use crate::read::Read;
use crate::rule::Severity;
use crate::unit::{Site, Unit};

use Event::{
    CommitComment, Discussion, DiscussionComment, Fork, Gollum, IssueComment, Issues, PullRequest, PullRequestReview,
    PullRequestReviewComment, PullRequestTarget, Watch, WorkflowCall, WorkflowRun,
};

/// Events that outsiders can cause in a public repository and that run with the repository's own token and secrets.
pub const PRIVILEGED: Events = Events::of(&[
    CommitComment,
    Discussion,
    DiscussionComment,
    Fork,
    Gollum,
    IssueComment,
    Issues,
    PullRequestTarget,
    Watch,
    WorkflowRun,
]);

/// Events that outsiders can cause by a pull request of a fork, and that then run without secrets and with a token that can only
/// read.
pub const FROM_FORKS: Events = Events::of(&[PullRequest, PullRequestReview, PullRequestReviewComment]);

/// What is worth most to who gets a token: code and releases, packages, other runs.
const WORTH: &[&str] = &["contents", "packages", "actions", "deployments", "pages", "pull-requests"];

/// Who can start a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starter {
    /// Anyone with an account, by this event, and the run has the repository's token and secrets.
    Anyone(Event),
    /// Whoever causes the event of a workflow that calls this one, or that uses this action: not known here.
    Caller,
    /// Anyone with an account, by a pull request of a fork: the run has no secrets, and its token can only read.
    Fork(Event),
    /// Not outsiders, for a reason, as a clause: a condition, or what an event takes.
    Known(&'static str),
    /// Only who may already write to the repository.
    Member,
}

/// What the token of a job may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'u> {
    /// The settings of the repository decide; they may let it write.
    Default,
    /// The workflow is only called and declares nothing: the calling job decides, and may let it write.
    Caller,
    /// Write, in this scope among others.
    Writes(&'u str),
    /// Read at most.
    Reads,
}

/// What a run of a job has in its hands.
#[derive(Clone, Copy, Debug)]
pub struct Power<'u> {
    /// The token.
    pub token: Token<'u>,
    /// A secret that it reads, by name; `*` for all of them.
    pub secret: Option<&'u str>,
    /// Whether it can ask for an identity that clouds trust.
    pub identity: bool,
    /// Whether it runs on a machine that may outlive it.
    pub self_hosted: bool,
    /// Whether it runs in a group of runners, which may be such machines or larger ones of GitHub's.
    pub in_group: bool,
    /// Its environment, which may ask for an approval first.
    pub environment: Option<&'u str>,
}

/// Who can start a job, and what it then can do.
#[derive(Clone, Copy, Debug)]
pub struct Reach<'u> {
    /// Who.
    pub starter: Starter,
    /// What; none in an action, whose jobs are not known.
    pub power: Option<Power<'u>>,
}

/// Who it takes to make use of a defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// Whoever starts the run.
    ByStarter,
    /// Someone who does not have to start it: the owner of an action, who reads a log, who takes a package name.
    ByThirdParty,
}

/// A severity, and why it is that.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// How bad.
    pub severity: Severity,
    /// Why, as a clause.
    pub reason: String,
}

impl<'u> Power<'u> {
    pub(crate) fn of(unit: &Unit<'u>, job: &Job<'u>) -> Self {
        let grant = job.effective_permissions().map(Permissions::grant);
        let writes = |grant: Grant<'u>| {
            let worth = |scope: &&str| WORTH.iter().position(|known| known == scope).unwrap_or(WORTH.len());
            grant.writes().filter(|scope| *scope != "id-token").min_by_key(worth)
        };
        let token = match grant {
            Some(Read::Is(grant)) => writes(grant).map_or(Token::Reads, Token::Writes),
            None if unit.events() == Events::of(&[WorkflowCall]) => Token::Caller,
            None => Token::Default,
            Some(Read::Absent | Read::Dynamic | Read::Wrong) => Token::Reads,
        };
        let identity = matches!(grant, Some(Read::Is(grant)) if grant.writes().any(|scope| scope == "id-token"));
        let inherits = job.secrets().and_then(|secrets| secrets.value()) == Some("inherit");
        let shared = job.workflow().env().map(|env| unit.sites_between(env.id(), env.end())).unwrap_or_default();
        let own = unit.sites_between(job.node().id(), job.node().end());
        let secret = if inherits { Some("*") } else { own.iter().chain(shared).find_map(secret) };
        let self_hosted = job.runs_on().is_some_and(|runs_on| {
            runs_on.labels().any(|label| label.text().is_some_and(|label| label.eq_ignore_ascii_case("self-hosted")))
        });
        let in_group = job.runs_on().is_some_and(|runs_on| runs_on.group() != Read::Absent);
        Self { token, secret, identity, self_hosted, in_group, environment: job.environment().is() }
    }

    /// What it has that is worth stealing or using, as a clause; none if it has nothing.
    #[must_use]
    pub fn named(&self) -> Option<String> {
        if let Some(secret) = self.secret {
            return Some(match secret {
                "*" => "it has every secret".to_owned(),
                name => format!("it reads secrets, such as `{name}`"),
            });
        }
        match self.token {
            Token::Writes(scope) => Some(format!("its token can write `{scope}`")),
            _ if self.identity => Some("it can prove an identity to clouds (`id-token`)".to_owned()),
            _ if self.self_hosted => Some("it runs on a self-hosted machine".to_owned()),
            Token::Default => Some("its token has the repository's default permissions, which may be to write".to_owned()),
            Token::Caller => Some("what calls this workflow decides what its token may do, which may be to write".to_owned()),
            Token::Reads if self.in_group => Some("it runs in a group of runners, which may be self-hosted machines".to_owned()),
            Token::Reads => None,
        }
    }

    // Something that certainly is there, not something that settings may give.
    fn is_certain(&self) -> bool {
        self.secret.is_some() || matches!(self.token, Token::Writes(_)) || self.identity || self.self_hosted
    }
}

// The first secret that an expression reads, other than the token that every job has.
fn secret<'u>(site: &Site<'u>) -> Option<&'u str> {
    let expression = site.expression.as_ref().ok()?;
    expression.ids().find_map(|id| {
        let path = expression.path(id)?;
        match path.segments() {
            [Segment::Name(context), Segment::Name(name)] if context.eq_ignore_ascii_case("secrets") => {
                (!name.eq_ignore_ascii_case("github_token")).then_some(*name)
            }
            _ => None,
        }
    })
}

impl<'u> Reach<'u> {
    /// Who can start it by these events, and what it then can do.
    #[must_use]
    pub fn new(events: Events, power: Option<Power<'u>>) -> Self {
        let first = |of: Events| events.and(of).iter().next();
        let starter = match (power, first(PRIVILEGED), first(FROM_FORKS)) {
            (None, ..) => Starter::Caller,
            (_, Some(event), _) => Starter::Anyone(event),
            _ if events.has(WorkflowCall) => Starter::Caller,
            (_, _, Some(event)) => Starter::Fork(event),
            _ => Starter::Member,
        };
        Self { starter, power }
    }

    /// A severity raised or lowered within bounds: down where only members or forks start the run or where it has nothing, up where
    /// anyone starts one that certainly has something.
    #[must_use]
    pub fn weigh(&self, usual: Severity, bounds: RangeInclusive<Severity>, attack: Attack) -> Weighed {
        let power = self.power.as_ref().map(Power::named);
        // A run of a fork has nothing but the machine.
        let bare_fork = matches!(self.starter, Starter::Fork(_)) && self.power.is_none_or(|power| !power.self_hosted);
        let by_starter = attack == Attack::ByStarter;
        let mut steps = match (self.starter, by_starter) {
            (Starter::Fork(_) | Starter::Known(_) | Starter::Member, true) => -1,
            _ => 0,
        };
        steps += match power {
            Some(None) if !(by_starter && bare_fork) => -1,
            _ => 0,
        };
        if matches!(self.starter, Starter::Anyone(_)) && self.power.is_some_and(|power| power.is_certain()) {
            steps += 1;
        }
        let severity = moved(usual, steps).clamp(*bounds.start(), *bounds.end());
        Weighed { severity, reason: self.reason(power.flatten(), attack, bare_fork) }
    }

    fn reason(&self, power: Option<String>, attack: Attack, bare_fork: bool) -> String {
        let has_power = power.is_some();
        let what = match (&self.power, power) {
            (None, _) => None,
            (_, Some(power)) => Some(power),
            (_, None) => Some("the job reads no secrets, and its token can at most read".to_owned()),
        };
        let who = match (self.starter, attack) {
            (Starter::Anyone(event), _) => format!("anyone can start this workflow by `{}`", event.name()),
            (Starter::Fork(event), Attack::ByStarter) if bare_fork => {
                let event = event.name();
                return format!(
                    "a fork can start this workflow by `{event}`, but then without secrets and with a token that can only read"
                );
            }
            // Who starts it does not matter; but runs of forks have nothing to lose, where others have.
            (Starter::Fork(_), Attack::ByThirdParty) if bare_fork && has_power => "where no fork started the run".to_owned(),
            (Starter::Caller | Starter::Fork(_) | Starter::Known(_) | Starter::Member, Attack::ByThirdParty) if what.is_some() => {
                return what.unwrap_or_default();
            }
            (Starter::Fork(event), _) => format!("a fork can start this workflow by `{}`", event.name()),
            (Starter::Caller, _) => "who starts this depends on what calls it".to_owned(),
            (Starter::Known(why), _) => why.to_owned(),
            (Starter::Member, _) => "only who may write to the repository starts this workflow".to_owned(),
        };
        match what {
            Some(what) => format!("{who}, {what}"),
            None => who,
        }
    }
}

const ORDER: [Severity; 5] = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

fn moved(severity: Severity, steps: isize) -> Severity {
    let at = ORDER.iter().position(|other| *other == severity).unwrap_or(0);
    ORDER.get(at.saturating_add_signed(steps).min(ORDER.len() - 1)).copied().unwrap_or(severity)
}
