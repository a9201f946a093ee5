//! The report as Markdown for summaries and comments. Whatever is not plain prose is shown as code, so that nothing of a file's text is
//! a link, an image, a mention or a reference there.

use std::fmt::Write;

use policy_core::report::{Action, ExceptionState, FileState, Location, Report};
use policy_core::secret::neutral;

use super::coverage::{self, Shortfall};
use super::view::{self, Seen};

/// The most findings that are listed.
const MAX_FINDINGS: usize = 50;

/// The most lines of a list.
const MAX_LINES: usize = 20;

/// The report.
pub(crate) fn render(report: &Report) -> String {
    let parts = [Some(decision(report)), findings(report), policy(report), Some(files(report))];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn decision(report: &Report) -> String {
    let mut out = format!("## Gatepost: {}\n", policy_core::report::text::word(report.decision.outcome));
    let counts = view::ages(report).into_iter().chain(view::idle_counts(report));
    let reasons = report.decision.reasons.iter().cloned().chain(counts);
    for (at, reason) in reasons.enumerate() {
        let gap = if at == 0 { "\n" } else { "" };
        let _ = writeln!(out, "{gap}- {}", prose(&reason));
    }
    out
}

fn findings(report: &Report) -> Option<String> {
    let found = view::worst_first(report);
    let mut out = "### Findings\n\n| | rule | what | where |\n|---|---|---|---|\n".to_owned();
    for Seen { finding, verdict } in found.iter().take(MAX_FINDINGS) {
        let action = if verdict.action == Action::Deny { "denies" } else { "warns" };
        let severity = finding.severity.name();
        let what = format!("{} {}", view::sentence(&finding.message), view::sentence(&finding.help));
        let row = [format!("{action}, {severity}"), code(&finding.rule), prose(&what), place(&finding.location)];
        // A bar ends a cell, also within code.
        let _ = writeln!(out, "| {} |", row.map(|cell| cell.replace('|', "\u{2223}")).join(" | "));
    }
    if found.len() > MAX_FINDINGS {
        let _ = writeln!(out, "\nand {}", view::counted(found.len() - MAX_FINDINGS, "more finding"));
    }
    (!found.is_empty()).then_some(out)
}

fn policy(report: &Report) -> Option<String> {
    let complaints = view::complaints(report);
    let policy = report.policy.iter();
    let layers = policy.clone().flat_map(|policy| &policy.layers).map(|layer| format!("layer {}", prose(&view::layer(layer))));
    let baselines = policy.clone().flat_map(|policy| &policy.baselines);
    let baselines = baselines.map(|baseline| format!("baseline {}: {}", code(&baseline.path), prose(&view::baseline(baseline))));
    let used = policy.flat_map(|policy| &policy.exceptions).filter(|exception| exception.state == ExceptionState::Used);
    let used = used.map(|exception| {
        let about = view::counted(exception.matches as usize, "finding");
        let (id, owner, expires) = (code(&exception.id), code(&exception.owner), code(&exception.expires));
        format!("exception {id} of {owner}, until {expires}: {about}")
    });
    let without_effect = complaints.iter().map(|complaint| format!("{} ({})", prose(&complaint.title), place(complaint.location)));
    section("### Policy", layers.chain(baselines).chain(used).chain(without_effect).collect())
}

fn section(title: &str, lines: Vec<String>) -> Option<String> {
    let more = lines.len().saturating_sub(MAX_LINES);
    let rest = (more > 0).then(|| format!("and {more} more"));
    let list: String = lines.iter().take(MAX_LINES).chain(&rest).map(|line| format!("- {line}\n")).collect();
    (!lines.is_empty()).then(|| format!("{title}\n\n{list}"))
}

fn files(report: &Report) -> String {
    let reasons = coverage::shortfalls(report, false).into_iter().map(|shortfall| {
        let Shortfall { file, why } = shortfall;
        let state = match file.state {
            FileState::Refused => "not read",
            FileState::Partly => "judged in part",
            FileState::Opaque | FileState::Judged => "not judged",
        };
        let at = why.location.as_ref().map_or_else(|| code(&file.path), place);
        format!("{state}: {at}: {}", prose(&coverage::sentence(shortfall)))
    });
    let unknowns = view::unknowns(report).map(|unknowns| prose(&unknowns));
    let title = format!("### Coverage\n\n{}", view::judged(report));
    section(&title, unknowns.into_iter().chain(reasons).collect()).unwrap_or(title + "\n")
}

fn place(location: &Location) -> String {
    code(&format!("{}:{}", location.path, location.line))
}

/// Text in which backticks mean code, as in messages.
fn prose(text: &str) -> String {
    let text = neutral(text);
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            push_code(&mut out, part);
            continue;
        }
        for (at, word) in part.split(' ').enumerate() {
            if at > 0 {
                out.push(' ');
            }
            if is_prose(word) {
                out.push_str(word);
            } else {
                let core = word.trim_end_matches([',', '.', ';']);
                push_code(&mut out, core);
                out.push_str(word.strip_prefix(core).unwrap_or(""));
            }
        }
    }
    out
}

// Two spans without anything between them would be read as one, with other ends.
fn push_code(out: &mut String, text: &str) {
    if out.ends_with('`') && !text.is_empty() {
        out.push(' ');
    }
    out.push_str(&code(text));
}

// Whether a word can be nothing but a word.
fn is_prose(word: &str) -> bool {
    let core = word.trim_start_matches('(').trim_end_matches([',', '.', ';', ':', ')', '?']);
    let letters = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphabetic() || c == '\'');
    let number = !core.is_empty() && core.len() < 7 && core.bytes().all(|byte| byte.is_ascii_digit());
    // What could be a commit.
    let hex = core.len() >= 7 && core.bytes().all(|byte| byte.is_ascii_hexdigit());
    !hex && (number || matches!(core, "" | "-") || core.split('-').all(letters))
}

/// A code span that shows this text.
fn code(text: &str) -> String {
    let text = neutral(text);
    if text.trim().is_empty() {
        return text.into_owned();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::{code, prose};

    #[test]
    fn what_is_not_prose_is_code() {
        assert_eq!(prose("5 findings of high severity (all new); 1 more."), "5 findings of high severity (all new); 1 more.");
        assert_eq!(prose("`a/b` is used, see x"), "`a/b` is used, see x");
        for hostile in [
            "@team",
            "#1",
            "GH-1",
            "<img",
            "[a](b)",
            "![a](b)",
            "https://x",
            "www.x",
            "x.example",
            "a@b",
            "!1",
            "~label",
            "%1",
            "&1",
            "$x$",
            "**a**",
            "_a_",
            "~~a~~",
            ":smile:",
            "&lt;x",
            "\\",
            "|",
            "---",
            "===",
            "deadbeef",
            "0123456",
            "*a",
            "^a^",
        ] {
            assert_eq!(prose(&format!("a {hostile} b")), format!("a `{hostile}` b"));
        }
    }

    #[test]
    fn code_ends_where_its_text_ends() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("``"), "``` `` ```");
        assert_eq!(prose("a ` <b> ` c"), "a ` <b> ` c");
        assert_eq!(prose("a `` <b>"), "a  `<b>`");
        assert_eq!(prose("`<b>"), "`<b>`");
        assert_eq!(prose("`a`<b>`c`"), "`a` `<b>` `c`");
        assert_eq!(prose("see a/b, c"), "see `a/b`, c");
    }
}
