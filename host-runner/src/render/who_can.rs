//! Who may do what, for a person: of one request every chain from binding to rule with its places, of many a table of subjects.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use policy_core::api::{WhoCan, WhoCanPart, WhoCanSubject, WhoCanWay};
use policy_core::secret::neutral;

/// Where a terminal has no colours, the stream drops these.
const HEAD: &str = "\u{1b}[1m";
const NAME: &str = "\u{1b}[36m";
const QUIET: &str = "\u{1b}[90m";
const LOUD: &str = "\u{1b}[31m";
const RESET: &str = "\u{1b}[0m";

/// Places begin behind what stands left of them, where that is not longer.
const WIDEST: usize = 64;

/// The most workloads that are named of a subject.
const MAX_WORKLOADS: usize = 5;

const NOTHING: &str = "nothing to answer by: there are no roles and bindings of Kubernetes in these files\n";

fn is_empty(answer: &WhoCan) -> bool {
    answer.roles + answer.bindings == 0
}

// What could not be read may hold some.
fn nothing(answer: &WhoCan) -> String {
    let mut out = NOTHING.to_owned();
    unknown(&mut out, answer);
    out
}

/// Of one request: who can make it, and how.
#[must_use]
pub(crate) fn answer(answer: &WhoCan) -> String {
    if is_empty(answer) {
        return nothing(answer);
    }
    let mut groups: BTreeMap<(&str, Place<'_>), Vec<(&WhoCanSubject, &WhoCanWay)>> = BTreeMap::new();
    for (subject, way) in answer.subjects.iter().flat_map(|subject| subject.ways.iter().map(move |way| (subject, way))) {
        groups.entry((&subject.scope, Place::of(way))).or_default().push((subject, way));
    }
    let title = answer.questions.first().map_or("", |question| &question.title);
    let request = answer.questions.first().map(|question| &question.request);
    let name = request.map(|request| request.name.as_str()).filter(|name| !name.is_empty());
    let named = name.map_or_else(String::new, |name| format!(" {}", neutral(name)));
    let namespace = request.and_then(|request| request.namespace.as_deref()).filter(|namespace| !namespace.is_empty());
    let within = namespace.map_or_else(String::new, |namespace| format!(" in the namespace {}", neutral(namespace)));
    let certain = answer.subjects.iter().filter(|subject| subject.ways.iter().any(|way| way.unless.is_none())).count();
    let mut out = format!("{HEAD}{title}{named}{within}{RESET}: {}\n", who(certain));
    let column =
        2 + groups.values().flatten().flat_map(|(_, way)| lines(way)).map(|(line, _)| width(&line)).max().unwrap_or(0).min(WIDEST);
    let scopes: BTreeSet<&str> = groups.keys().map(|(scope, _)| *scope).collect();
    for ((scope, place), ways) in &groups {
        let repository = if scopes.len() > 1 { format!(" of {}", neutral(scope)) } else { String::new() };
        let _ = writeln!(out, "\n{HEAD}{}{repository}{RESET}", place.title());
        let mut before = None;
        for (subject, way) in ways {
            if before.replace(key(subject)) != Some(key(subject)) {
                let _ = writeln!(out, "  {NAME}{}{RESET}", who_is(subject));
                workloads(&mut out, subject, column);
            }
            for (line, at) in lines(way) {
                placed(&mut out, &line, at, column);
            }
        }
    }
    rest(&mut out, answer);
    out
}

/// Of many requests: which of them each subject can make.
#[must_use]
pub(crate) fn matrix(answer: &WhoCan) -> String {
    if is_empty(answer) {
        return nothing(answer);
    }
    let mut out = format!("{HEAD}what each subject can do{RESET}: {}\n\n", who(answer.subjects.len()));
    let letters: Vec<char> = ('a'..='z').chain('A'..='Z').take(answer.questions.len()).collect();
    let widest = answer.questions.iter().map(|question| width(&question.title)).max().unwrap_or(0);
    for (at, (question, letter)) in answer.questions.iter().zip(&letters).enumerate() {
        let can = answer.subjects.iter().filter(|subject| mark(subject, at) != Mark::No).count();
        let room = " ".repeat(widest.saturating_sub(width(&question.title)));
        let _ = writeln!(
            out,
            "  {NAME}{letter}{RESET} {}{room}  {QUIET}{}{RESET}",
            question.title,
            if can > 0 { can.to_string() } else { "-".to_owned() }
        );
    }
    let _ = writeln!(out, "\n  {LOUD}●{RESET} everywhere   ○ in namespaces   ◦ objects of some names   ? perhaps");
    let mut subjects: Vec<&WhoCanSubject> = answer.subjects.iter().collect();
    subjects.sort_by_cached_key(|subject| {
        let of = |mark: Mark| (0..letters.len()).filter(|at| self::mark(subject, *at) == mark).count();
        (subject.scope.as_str(), std::cmp::Reverse((of(Mark::Everywhere), of(Mark::Namespace), of(Mark::Named))))
    });
    let column = subjects.iter().map(|subject| width(&who_is(subject))).max().unwrap_or(0).min(WIDEST);
    let several = subjects.iter().map(|subject| &subject.scope).collect::<BTreeSet<_>>().len() > 1;
    let mut scope = None;
    for subject in subjects {
        if scope.replace(&subject.scope) != Some(&subject.scope) {
            let title = if several { neutral(&subject.scope) } else { std::borrow::Cow::Borrowed("") };
            let room = " ".repeat(column.saturating_sub(width(&title)));
            let letters: Vec<String> = letters.iter().map(char::to_string).collect();
            let _ = writeln!(out, "\n{HEAD}{title}{RESET}{room}  {NAME}{}{RESET}", letters.join(" "));
        }
        row(&mut out, subject, letters.len(), column);
    }
    rest(&mut out, answer);
    out
}

fn row(out: &mut String, subject: &WhoCanSubject, questions: usize, column: usize) {
    let name = who_is(subject);
    let marks: Vec<&str> = (0..questions).map(|at| mark(subject, at).shown()).collect();
    let mut notes = Vec::new();
    let namespaces: BTreeSet<&str> = subject.ways.iter().filter_map(|way| way.namespace.as_deref()).collect();
    if !namespaces.is_empty() {
        let named = namespaces.into_iter().map(|name| if name.is_empty() { "?".into() } else { neutral(name) });
        notes.push(format!("in {}", shortened(named.collect())));
    }
    if !subject.workloads.is_empty() {
        notes.push(format!("runs {}", shortened(subject.workloads.iter().map(|part| neutral(&part.title)).collect())));
    }
    let room = " ".repeat(column.saturating_sub(width(&name)));
    let notes = if notes.is_empty() { String::new() } else { format!("  {QUIET}{}{RESET}", notes.join("; ")) };
    let _ = writeln!(out, "{name}{room}  {}{notes}", marks.join(" "));
}

fn shortened(mut names: Vec<std::borrow::Cow<'_, str>>) -> String {
    let left = names.len().saturating_sub(MAX_WORKLOADS);
    names.truncate(MAX_WORKLOADS);
    let more = if left > 0 { format!(" and {left} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

/// What a subject may do of one request, the most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    No,
    Perhaps,
    Named,
    Namespace,
    Everywhere,
}

impl Mark {
    fn shown(self) -> &'static str {
        match self {
            Self::No => "\u{1b}[90m·\u{1b}[0m",
            Self::Perhaps => "?",
            Self::Named => "◦",
            Self::Namespace => "○",
            Self::Everywhere => "\u{1b}[31m●\u{1b}[0m",
        }
    }
}

fn mark(subject: &WhoCanSubject, question: usize) -> Mark {
    let of = |way: &WhoCanWay| match way {
        WhoCanWay { unless: Some(_), .. } => Mark::Perhaps,
        WhoCanWay { names, .. } if !names.is_empty() => Mark::Named,
        WhoCanWay { namespace: Some(_), .. } => Mark::Namespace,
        _ => Mark::Everywhere,
    };
    subject.ways.iter().filter(|way| way.question as usize == question).map(of).max().unwrap_or(Mark::No)
}

/// Where a request can be made; in the order in which they are shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place<'a> {
    Everywhere,
    Namespace(&'a str),
    Perhaps,
}

impl<'a> Place<'a> {
    fn of(way: &'a WhoCanWay) -> Self {
        match (&way.unless, &way.namespace) {
            (Some(_), _) => Self::Perhaps,
            (None, Some(namespace)) => Self::Namespace(namespace),
            (None, None) => Self::Everywhere,
        }
    }

    fn title(self) -> String {
        match self {
            Self::Everywhere => "everywhere".to_owned(),
            Self::Namespace("") => "in a namespace that is not written".to_owned(),
            Self::Namespace(namespace) => format!("in the namespace {}", neutral(namespace)),
            Self::Perhaps => "perhaps".to_owned(),
        }
    }
}

// The chain, each link with its place.
fn lines(way: &WhoCanWay) -> Vec<(String, Option<&WhoCanPart>)> {
    let mut lines = vec![
        (format!("    ├ {}", neutral(&way.binding.title)), Some(&way.binding)),
        (format!("    ├ {}", neutral(&way.role.title)), Some(&way.role)),
    ];
    if let Some(from) = &way.from {
        lines.push((format!("    ├ takes in {}", neutral(&from.title)), Some(from)));
    }
    let only = if way.names.is_empty() { String::new() } else { format!(" named {}", neutral(&way.names.join(", "))) };
    lines.push((format!("    └ {}{only}", neutral(&way.rule.title)), Some(&way.rule)));
    lines.extend(way.unless.as_ref().map(|unless| (format!("      {}", neutral(unless)), None)));
    lines
}

fn workloads(out: &mut String, subject: &WhoCanSubject, column: usize) {
    for part in subject.workloads.iter().take(MAX_WORKLOADS) {
        placed(out, &format!("    runs {}", neutral(&part.title)), Some(part), column);
    }
    if subject.workloads.len() > MAX_WORKLOADS {
        let _ = writeln!(out, "    … and {} more", subject.workloads.len() - MAX_WORKLOADS);
    }
}

fn placed(out: &mut String, line: &str, part: Option<&WhoCanPart>, column: usize) {
    let Some(part) = part else {
        let _ = writeln!(out, "{line}");
        return;
    };
    let place =
        part.at.as_ref().map_or_else(|| "comes with Kubernetes".to_owned(), |at| format!("{}:{}", neutral(&at.path), at.line));
    let room = " ".repeat(column.saturating_sub(width(line)).max(2));
    let _ = writeln!(out, "{line}{room}{QUIET}{place}{RESET}");
}

fn unknown(out: &mut String, answer: &WhoCan) {
    if !answer.unknown.is_empty() {
        let _ = writeln!(out, "\n{HEAD}not known{RESET}");
    }
    for unknown in &answer.unknown {
        let place = unknown.at.as_ref().map_or_else(String::new, |at| format!("{}:{}: ", neutral(&at.path), at.line));
        let _ = writeln!(out, "  {QUIET}{place}{RESET}{}", neutral(&unknown.message));
    }
}

fn rest(out: &mut String, answer: &WhoCan) {
    unknown(out, answer);
    if answer.cut {
        let _ = writeln!(out, "  there is more than is shown");
    }
    let count = |count: u32, of: &str| format!("{count} {of}{}", if count == 1 { "" } else { "s" });
    if answer.subjects.iter().any(|subject| subject.namespace.as_deref() == Some("")) {
        let _ = writeln!(out, "\n{QUIET}?/ is a namespace that is not written{RESET}");
    }
    let _ = writeln!(
        out,
        "\n{QUIET}by {} and {}; whoever is in the group system:masters can do everything{RESET}",
        count(answer.roles, "role"),
        count(answer.bindings, "binding")
    );
}

fn who(count: usize) -> String {
    match count {
        0 => "nobody".to_owned(),
        1 => "1 subject".to_owned(),
        count => format!("{count} subjects"),
    }
}

fn key(subject: &WhoCanSubject) -> (&str, &str, Option<&str>, &str) {
    (&subject.scope, &subject.kind, subject.namespace.as_deref(), &subject.name)
}

fn who_is(subject: &WhoCanSubject) -> String {
    let namespace = match subject.namespace.as_deref() {
        None => String::new(),
        Some("") => "?/".to_owned(),
        Some(namespace) => format!("{}/", neutral(namespace)),
    };
    format!("{} {namespace}{}", subject.kind, neutral(&subject.name))
}

fn width(text: &str) -> usize {
    text.chars().count()
}
