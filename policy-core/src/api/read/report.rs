//! Reads what reports and partials share, and the parts of a report that are shown. A report may hold keys of a later version.

use super::{ORIGINS, maybe, put};
use crate::json::reader::{Others, Parsed, Reader, Slot, may, must};
use crate::report::text::{Shown, ShownCoverage, ShownFinding, ShownVerdict};
use crate::report::{Action, Decision, FileCoverage, FileState, Location, Outcome, Snippet, Unknown, Why, WhyCode};
use crate::source::{Origin, Span};

const OUTCOMES: [(&str, Outcome); 5] = [
    ("allow", Outcome::Allow),
    ("warn", Outcome::Warn),
    ("hold", Outcome::Hold),
    ("deny", Outcome::Deny),
    ("error", Outcome::Error),
];

const ACTIONS: [(&str, Action); 7] = [
    ("ignored", Action::Ignored),
    ("excepted", Action::Excepted),
    ("baselined", Action::Baselined),
    ("existing", Action::Existing),
    ("dryrun", Action::DryRun),
    ("warn", Action::Warn),
    ("deny", Action::Deny),
];

const STATES: [(&str, FileState); 4] =
    [("judged", FileState::Judged), ("partly", FileState::Partly), ("opaque", FileState::Opaque), ("refused", FileState::Refused)];

/// The names of [`WhyCode`].
pub(in crate::api) const CODES: [(&str, WhyCode); 17] = [
    ("unreadable", WhyCode::Unreadable),
    ("crashed", WhyCode::Crashed),
    ("encoding", WhyCode::Encoding),
    ("invalid-utf8", WhyCode::InvalidUtf8),
    ("syntax", WhyCode::Syntax),
    ("too-complex", WhyCode::TooComplex),
    ("duplicate-key", WhyCode::DuplicateKey),
    ("alias", WhyCode::Alias),
    ("several-documents", WhyCode::SeveralDocuments),
    ("expression", WhyCode::Expression),
    ("template", WhyCode::Template),
    ("refused", WhyCode::Refused),
    ("unavailable", WhyCode::Unavailable),
    ("include-only", WhyCode::IncludeOnly),
    ("wrong-form", WhyCode::WrongForm),
    ("unjudged-kind", WhyCode::UnjudgedKind),
    ("unrecognised", WhyCode::Unrecognised),
];

pub(super) fn span(reader: &mut Reader<'_>, span: &mut Span) -> Parsed<()> {
    reader.object(Others::Skipped, &mut [must("start", Slot::Number(&mut span.start)), must("end", Slot::Number(&mut span.end))])
}

/// A place that was not read yet.
pub(super) fn no_location() -> Location {
    let snippet = Snippet { line: 0, column: 0, text: String::new() };
    Location { path: String::new(), span: Span::default(), line: 0, column: 0, end_line: 0, end_column: 0, snippet }
}

pub(super) fn location(reader: &mut Reader<'_>, location: &mut Location) -> Parsed<()> {
    reader.object(
        Others::Skipped,
        &mut [
            must("path", Slot::Text(&mut location.path)),
            must("span", Slot::With(&mut |reader| span(reader, &mut location.span))),
            must("line", Slot::Number(&mut location.line)),
            must("column", Slot::Number(&mut location.column)),
            must("endLine", Slot::Number(&mut location.end_line)),
            must("endColumn", Slot::Number(&mut location.end_column)),
            must("snippet", Slot::With(&mut |reader| snippet(reader, &mut location.snippet))),
        ],
    )
}

fn new_location(reader: &mut Reader<'_>) -> Parsed<Location> {
    let mut place = no_location();
    location(reader, &mut place).map(|()| place)
}

fn snippet(reader: &mut Reader<'_>, snippet: &mut Snippet) -> Parsed<()> {
    reader.object(
        Others::Skipped,
        &mut [
            must("line", Slot::Number(&mut snippet.line)),
            must("column", Slot::Number(&mut snippet.column)),
            must("text", Slot::Text(&mut snippet.text)),
        ],
    )
}

/// The coverage of a file that was not read yet.
pub(super) fn no_coverage() -> FileCoverage {
    FileCoverage {
        path: String::new(),
        digest: None,
        origin: Origin::Unknown,
        roles: Vec::new(),
        state: FileState::Refused,
        why: Vec::new(),
        linked: Vec::new(),
    }
}

pub(super) fn file_coverage(reader: &mut Reader<'_>) -> Parsed<FileCoverage> {
    let mut file = no_coverage();
    reader.object(
        Others::Skipped,
        &mut [
            must("path", Slot::Text(&mut file.path)),
            may("digest", Slot::MaybeText(&mut file.digest)),
            must("origin", Slot::With(&mut |reader| put(&mut file.origin, reader.name(&ORIGINS)))),
            must("roles", Slot::Texts(&mut file.roles)),
            must("state", Slot::With(&mut |reader| put(&mut file.state, reader.name(&STATES)))),
            may("why", Slot::With(&mut |reader| reader.list_into(&mut file.why, why))),
            may("linked", Slot::Texts(&mut file.linked)),
        ],
    )?;
    Ok(file)
}

fn why(reader: &mut Reader<'_>) -> Parsed<Why> {
    let mut why = Why { code: WhyCode::Unreadable, message: String::new(), location: None };
    reader.object(
        Others::Skipped,
        &mut [
            must("code", Slot::With(&mut |reader| put(&mut why.code, reader.name(&CODES)))),
            must("message", Slot::Text(&mut why.message)),
            may("location", Slot::With(&mut |reader| put(&mut why.location, maybe(reader, new_location)))),
        ],
    )?;
    Ok(why)
}

pub(super) fn unknown(reader: &mut Reader<'_>) -> Parsed<Unknown> {
    let mut unknown = Unknown { rule: String::new(), location: no_location(), lacking: String::new() };
    reader.object(
        Others::Skipped,
        &mut [
            must("rule", Slot::Text(&mut unknown.rule)),
            must("location", Slot::With(&mut |reader| location(reader, &mut unknown.location))),
            must("lacking", Slot::Text(&mut unknown.lacking)),
        ],
    )?;
    Ok(unknown)
}

/// A report that was not read yet.
pub(super) fn no_report() -> Shown {
    Shown {
        decision: Decision { outcome: Outcome::Error, reasons: Vec::new() },
        findings: Vec::new(),
        verdicts: Vec::new(),
        coverage: ShownCoverage { judged: 0, partly: 0, files: Vec::new() },
    }
}

pub(super) fn shown(reader: &mut Reader<'_>) -> Parsed<Shown> {
    let mut shown = no_report();
    reader.object(
        Others::Skipped,
        &mut [
            must("decision", Slot::With(&mut |reader| decision(reader, &mut shown.decision))),
            must("findings", Slot::With(&mut |reader| reader.list_into(&mut shown.findings, finding))),
            must("verdicts", Slot::With(&mut |reader| reader.list_into(&mut shown.verdicts, verdict))),
            must("coverage", Slot::With(&mut |reader| coverage(reader, &mut shown.coverage))),
        ],
    )?;
    Ok(shown)
}

fn decision(reader: &mut Reader<'_>, decision: &mut Decision) -> Parsed<()> {
    reader.object(
        Others::Skipped,
        &mut [
            must("outcome", Slot::With(&mut |reader| put(&mut decision.outcome, reader.name(&OUTCOMES)))),
            must("reasons", Slot::Texts(&mut decision.reasons)),
        ],
    )
}

fn finding(reader: &mut Reader<'_>) -> Parsed<ShownFinding> {
    let mut finding = ShownFinding { rule: String::new(), message: String::new(), location: no_location() };
    reader.object(
        Others::Skipped,
        &mut [
            must("rule", Slot::Text(&mut finding.rule)),
            must("message", Slot::Text(&mut finding.message)),
            must("location", Slot::With(&mut |reader| location(reader, &mut finding.location))),
        ],
    )?;
    Ok(finding)
}

fn verdict(reader: &mut Reader<'_>) -> Parsed<ShownVerdict> {
    let mut verdict = ShownVerdict { finding: 0, action: Action::Deny };
    reader.object(
        Others::Skipped,
        &mut [
            must("finding", Slot::Number(&mut verdict.finding)),
            must("action", Slot::With(&mut |reader| put(&mut verdict.action, reader.name(&ACTIONS)))),
        ],
    )?;
    Ok(verdict)
}

fn coverage(reader: &mut Reader<'_>, coverage: &mut ShownCoverage) -> Parsed<()> {
    reader.object(
        Others::Skipped,
        &mut [
            must("judged", Slot::Number(&mut coverage.judged)),
            must("partly", Slot::Number(&mut coverage.partly)),
            must("files", Slot::With(&mut |reader| reader.list_into(&mut coverage.files, file_coverage))),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::{CODES, WhyCode};

    #[test]
    fn every_code_can_be_read() {
        let names = CODES.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>();
        let written = CODES.iter().map(|(_, code)| serde_json::to_string(code).unwrap()).collect::<Vec<_>>();
        assert_eq!(names, written);
        let places = CODES.iter().map(|(_, code)| *code as usize).collect::<Vec<_>>();
        assert_eq!(places, (0..=WhyCode::Unrecognised as usize).collect::<Vec<_>>(), "in the order of the type, the last one last");
    }
}
