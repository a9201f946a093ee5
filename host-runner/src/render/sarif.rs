//! SARIF 2.1.0 (OASIS, errata 01), as GitHub code scanning and other readers take it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use policy_core::report::{Action, Age, FileState, Finding, Fix, Location, Report, Why};
use policy_core::secret::neutral;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::address;
use super::coverage::{self, Shortfall};
use super::terminal::{byte_of, is_shown_whole, shown_range};
use super::view::{self, FailedPlugin, Seen};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What paths are relative to.
const BASE: &str = "%SRCROOT%";

/// The most characters that GitHub takes of a description.
const MAX_DESCRIPTION: usize = 1000;

/// Lines of a snippet of as many bytes could have been cut.
const LONGEST_LINE: usize = 120;

/// The commit that is judged, as the CI system names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revision {
    pub(crate) repository: String,
    pub(crate) commit: String,
    pub(crate) branch: Option<String>,
}

impl Revision {
    /// What GitHub or GitLab tell their jobs; none if they do not, or what they tell is no address of the web and no commit.
    pub(crate) fn told(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let github = || Some(format!("{}/{}", variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?));
        let (repository, commit, branch) = match (github(), variable("GITHUB_SHA")) {
            (Some(repository), Some(commit)) => (repository, commit, variable("GITHUB_REF_NAME")),
            _ => (variable("CI_PROJECT_URL")?, variable("CI_COMMIT_SHA")?, variable("CI_COMMIT_REF_NAME")),
        };
        let sound = is_address(&repository) && matches!(commit.len(), 40 | 64);
        (sound && commit.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(Self { repository, commit, branch })
    }
}

/// Where the book of Gatepost is published, so that readers of a report can open the pages of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Book(String);

impl Book {
    /// The variable `GATEPOST_DOCS`; none if it is not set.
    ///
    /// # Errors
    /// When it is no address of the web.
    pub(crate) fn told(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<Self>> {
        let Some(address) = variable("GATEPOST_DOCS") else { return Ok(None) };
        let sound = is_address(&address);
        anyhow::ensure!(sound, "GATEPOST_DOCS is where the book is published, such as https://docs.example.org/gatepost/");
        Ok(Some(Self(address.trim_end_matches('/').to_owned() + "/")))
    }

    fn page(&self, rule: &str) -> String {
        format!("{}rules/{rule}.html", self.0)
    }
}

// Without what a query, a fragment or a name with a password needs.
fn is_address(text: &str) -> bool {
    let in_address = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '/' | ':');
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()) && rest.chars().all(in_address))
}

/// What a report in SARIF says beside the report itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    /// The list of rules with their documentation.
    pub(crate) rules: &'a str,
    pub(crate) revision: Option<&'a Revision>,
    pub(crate) book: Option<&'a Book>,
}

/// What is read of the list of rules.
#[derive(Deserialize)]
struct Entry {
    id: String,
    title: String,
    pillar: String,
    platforms: Vec<String>,
    severity: String,
    confidence: String,
    maps: Vec<String>,
    docs: String,
}

/// The report in SARIF.
///
/// # Errors
/// When the list of rules cannot be read.
pub(crate) fn render(report: &Report, around: Around<'_>) -> anyhow::Result<String> {
    let entries: Vec<Entry> = serde_json::from_str(around.rules).context("the list of rules cannot be read")?;
    let entries: BTreeMap<&str, &Entry> = entries.iter().map(|entry| (entry.id.as_str(), entry)).collect();
    let found = report.findings.iter().chain(&report.fixed).map(|finding| finding.rule.as_str());
    let named: BTreeSet<&str> = found.chain(report.unknown.iter().map(|unknown| unknown.rule.as_str())).collect();
    let indices: BTreeMap<&str, usize> = named.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let (mut execution, configuration) = (of_coverage(report, &indices), of_policy(report));
    let failed: Vec<FailedPlugin<'_>> = view::failed_plugins(report).collect();
    execution.extend(failed.iter().map(of_plugin));
    let mut driver = json!({
        "name": "gatepost",
        "fullName": format!("Gatepost {}", report.tool.version),
        "semanticVersion": report.tool.version,
        "rules": named.iter().map(|id| rule(id, entries.get(id).copied(), report, around.book)).collect::<Vec<_>>(),
    });
    put(&mut driver, "informationUri", around.book.map(|book| json!(book.0)));
    put(&mut driver, "notifications", descriptors(execution.iter().chain(&configuration)));
    let mut invocation = json!({"executionSuccessful": failed.is_empty()});
    put(&mut invocation, "toolExecutionNotifications", some_list(execution));
    put(&mut invocation, "toolConfigurationNotifications", some_list(configuration));
    let mut run = json!({
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        // Those of YAML.
        "newlineSequences": ["\r\n", "\n", "\r"],
        "originalUriBaseIds": {BASE: {"description": {"text": "The folder that paths of the report are relative to: the root of the repository."}}},
        "results": results(report, &indices),
        "properties": properties(report),
    });
    put(&mut run, "versionControlProvenance", around.revision.map(provenance));
    let log = json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]});
    Ok(serde_json::to_string(&log)? + "\n")
}

fn put(object: &mut Value, key: &str, value: Option<Value>) {
    if let (Some(object), Some(value)) = (object.as_object_mut(), value) {
        object.insert(key.to_owned(), value);
    }
}

fn some_list(list: Vec<Value>) -> Option<Value> {
    (!list.is_empty()).then_some(Value::Array(list))
}

fn provenance(revision: &Revision) -> Value {
    let mut one = json!({
        "repositoryUri": revision.repository, "revisionId": revision.commit, "mappedTo": {"uriBaseId": BASE}
    });
    put(&mut one, "branch", revision.branch.as_ref().map(|branch| json!(neutral(branch))));
    json!([one])
}

fn properties(report: &Report) -> Value {
    let coverage = &report.coverage;
    json!({
        "decision": report.decision,
        "coverage": {
            "judged": coverage.judged, "partly": coverage.partly, "opaque": coverage.opaque, "refused": coverage.refused
        },
        "policy": report.policy.iter().flat_map(|policy| &policy.layers).map(view::layer).collect::<Vec<_>>(),
        "rules": report.tool.rules,
    })
}

fn rule(id: &str, entry: Option<&Entry>, report: &Report, book: Option<&Book>) -> Value {
    let mut one = described(id, entry, report);
    put(&mut one, "helpUri", entry.and(book).map(|book| json!(book.page(id))));
    one
}

fn described(id: &str, entry: Option<&Entry>, report: &Report) -> Value {
    let Some(entry) = entry else {
        let title = report.rules.get(id).map_or(id, |rule| rule.title.as_str());
        return json!({"id": id, "name": pascal(id), "shortDescription": text(title), "fullDescription": text(title), "help": text(title)});
    };
    let first = entry.docs.split("\n\n").next().unwrap_or(&entry.title).replace('\n', " ");
    let full: String = first.chars().take(MAX_DESCRIPTION).collect();
    let tags: Vec<&str> = ["security", entry.pillar.as_str()]
        .into_iter()
        .chain(entry.platforms.iter().chain(&entry.maps).map(String::as_str))
        .take(20)
        .collect();
    json!({
        "id": id,
        "name": pascal(id),
        "shortDescription": text(&entry.title),
        "fullDescription": text(&full),
        "help": {"text": entry.docs, "markdown": entry.docs},
        "defaultConfiguration": {"level": level_of(&entry.severity)},
        "properties": {"precision": entry.confidence, "security-severity": score(&entry.severity), "tags": tags},
    })
}

fn pascal(id: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    id.split('-').map(word).collect()
}

fn level_of(severity: &str) -> &'static str {
    match severity {
        "critical" | "high" => "error",
        "medium" => "warning",
        _ => "note",
    }
}

// In the middle of what GitHub calls critical (over 9.0), high (7.0 to 8.9), medium (4.0 to 6.9) and low (0.1 to 3.9).
fn score(severity: &str) -> &'static str {
    match severity {
        "critical" => "9.5",
        "high" => "8.0",
        "medium" => "5.5",
        "low" => "2.5",
        _ => "1.0",
    }
}

fn text(said: &str) -> Value {
    json!({"text": sentence(said)})
}

// Without what SARIF reads as a link.
fn sentence(said: &str) -> String {
    view::sentence(said).replace("](", "] (")
}

fn results(report: &Report, indices: &BTreeMap<&str, usize>) -> Vec<Value> {
    let compared = view::is_compared(report);
    // Of a run, either all results say whether they are suppressed, or none.
    let any = view::seen(report).any(|seen| view::suppressed(report, seen.verdict).is_some());
    let of_seen = view::seen(report).map(|seen| {
        let mut one = result(seen.finding, level(seen), indices);
        let state = if seen.verdict.age == Some(Age::Existing) { "unchanged" } else { "new" };
        put(&mut one, "baselineState", compared.then(|| json!(state)));
        put(&mut one, "suppressions", any.then(|| suppressions(report, seen)));
        if let Some(properties) = one.get_mut("properties") {
            put(properties, "action", Some(json!(seen.verdict.action.name())));
        }
        one
    });
    let of_fixed = report.fixed.iter().map(|finding| {
        let mut one = result(finding, "note", indices);
        put(&mut one, "baselineState", Some(json!("absent")));
        put(&mut one, "suppressions", any.then(|| json!([])));
        one
    });
    of_seen.chain(of_fixed).collect()
}

fn level(seen: Seen<'_>) -> &'static str {
    match seen.verdict.action {
        Action::Deny => "error",
        Action::Warn => "warning",
        Action::Ignored | Action::Excepted | Action::Baselined | Action::Existing | Action::DryRun => "note",
    }
}

fn suppressions(report: &Report, seen: Seen<'_>) -> Value {
    let all = view::suppressed(report, seen.verdict).map(|suppressed| {
        let kind = if suppressed.in_source { "inSource" } else { "external" };
        json!({"kind": kind, "status": "accepted", "justification": neutral(&suppressed.why)})
    });
    Value::Array(all.into_iter().collect())
}

fn result(finding: &Finding, level: &str, indices: &BTreeMap<&str, usize>) -> Value {
    let message = format!("{} {}", sentence(&finding.message), sentence(&finding.help));
    let related = finding.related.iter().enumerate().map(|(at, related)| {
        let mut one = located(&related.location, &related.label);
        put(&mut one, "id", Some(json!(at + 1)));
        one
    });
    let mut location = located(&finding.location, &finding.label);
    let object = json!([{"fullyQualifiedName": neutral(&finding.object)}]);
    put(&mut location, "logicalLocations", (!finding.object.is_empty()).then_some(object));
    let mut properties = json!({"severity": finding.severity, "confidence": finding.confidence});
    put(&mut properties, "reason", finding.reason.as_ref().map(|reason| json!(reason)));
    let mut one = json!({
        "ruleId": finding.rule,
        "level": level,
        // Without arguments: with them readers would take the `{{` of an expression for a brace that is doubled.
        "message": {"text": message},
        "locations": [location],
        "partialFingerprints": {"gatepost/v1": finding.fingerprint},
        "properties": properties,
    });
    put(&mut one, "ruleIndex", indices.get(finding.rule.as_str()).map(|at| json!(at)));
    put(&mut one, "relatedLocations", some_list(related.collect()));
    put(&mut one, "fixes", finding.fix.as_ref().and_then(fix).map(|fix| json!([fix])));
    one
}

fn located(location: &Location, label: &str) -> Value {
    let mut physical = json!({"artifactLocation": artifact(&location.path), "region": region(location)});
    put(&mut physical, "contextRegion", context(location));
    let mut one = json!({"physicalLocation": physical});
    put(&mut one, "message", (!label.is_empty()).then(|| text(label)));
    one
}

fn artifact(path: &str) -> Value {
    match address::of_file(path) {
        Some(address) => json!({"uri": address}),
        None => json!({"uri": address::encoded(path), "uriBaseId": BASE}),
    }
}

fn region(location: &Location) -> Value {
    let mut region = json!({
        "startLine": location.line, "startColumn": location.column,
        "endLine": location.end_line, "endColumn": location.end_column,
    });
    put(&mut region, "snippet", shown(location).map(|text| json!({"text": text})));
    region
}

// The text of the place, if the report shows all of it.
fn shown(location: &Location) -> Option<&str> {
    let text = location.snippet.text.get(shown_range(location))?;
    let mut lines = text.split('\n');
    let first = lines.next()?.chars().count();
    if location.line == location.end_line {
        return (first == (location.end_column - location.column) as usize).then_some(text);
    }
    let last = text.rsplit('\n').next()?.chars().count();
    let complete = text.matches('\n').count() == (location.end_line - location.line) as usize;
    let cut = location.snippet.text.lines().any(|line| line.len() >= LONGEST_LINE);
    (complete && !cut && last + 1 == location.end_column as usize).then_some(text)
}

// The lines that the place lies in; none where there is no more in them than the place.
fn context(location: &Location) -> Option<Value> {
    let snippet = &location.snippet;
    let longest = snippet.text.lines().map(str::len).max().unwrap_or(0);
    let text = json!({"text": snippet.text});
    let last = u32::try_from(snippet.text.rsplit('\n').next()?.chars().count()).ok()?;
    if location.line == location.end_line {
        let end = snippet.column + last;
        let wider = snippet.column < location.column || location.end_column < end;
        let holds = snippet.column <= location.column && location.end_column <= end;
        return (wider && holds).then(|| {
            json!({"startLine": snippet.line, "startColumn": snippet.column, "endLine": snippet.line, "endColumn": end, "snippet": text})
        });
    }
    let end_line = snippet.line + u32::try_from(snippet.text.matches('\n').count()).ok()?;
    let wider = location.column > 1 || location.end_column <= last;
    let holds = snippet.column == 1 && end_line == location.end_line && location.end_column <= last + 1;
    (wider && holds && longest < LONGEST_LINE)
        .then(|| json!({"startLine": snippet.line, "startColumn": 1, "endLine": end_line, "endColumn": last + 1, "snippet": text}))
}

// Only where the report shows every byte of the lines that it changes: then bytes can be told as lines and columns.
fn fix(fix: &Fix) -> Option<Value> {
    let snippet = &fix.location.snippet;
    if !snippet.text.is_ascii() || !is_shown_whole(fix) {
        return None;
    }
    let column = fix.location.column.checked_sub(snippet.column)?;
    let before = byte_of(&snippet.text, fix.location.line - snippet.line, column);
    let position = |at: u32| -> Option<(u32, u32)> {
        let above = snippet.text.get(..before + at.checked_sub(fix.location.span.start)? as usize)?;
        let breaks = u32::try_from(above.matches('\n').count()).ok()?;
        let column = u32::try_from(above.rsplit('\n').next()?.len()).ok()? + if breaks == 0 { snippet.column } else { 1 };
        Some((snippet.line + breaks, column))
    };
    let replacements: Option<Vec<Value>> = fix
        .edits
        .iter()
        .map(|edit| {
            let ((line, column), (end_line, end_column)) = (position(edit.span.start)?, position(edit.span.end)?);
            let region = json!({"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column});
            let mut replacement = json!({"deletedRegion": region});
            put(&mut replacement, "insertedContent", (!edit.text.is_empty()).then(|| json!({"text": edit.text})));
            Some(replacement)
        })
        .collect();
    let changes = json!([{"artifactLocation": artifact(&fix.location.path), "replacements": replacements?}]);
    Some(json!({"description": text(&fix.title), "artifactChanges": changes}))
}

fn notification(id: String, level: &str, said: &str, path: &str, location: Option<&Location>) -> Value {
    let place = location
        .map_or_else(|| json!({"physicalLocation": {"artifactLocation": artifact(path)}}), |location| located(location, ""));
    json!({"descriptor": {"id": id}, "level": level, "message": text(said), "locations": [place]})
}

fn of_coverage(report: &Report, indices: &BTreeMap<&str, usize>) -> Vec<Value> {
    let of_file = |shortfall: Shortfall<'_>| {
        let Shortfall { file, why: Why { code, location, .. } } = shortfall;
        let level = match file.state {
            FileState::Refused => "error",
            FileState::Partly => "warning",
            FileState::Opaque | FileState::Judged => "note",
        };
        let id = format!("coverage/{}", coverage::name(*code));
        notification(id, level, &coverage::sentence(shortfall), &file.path, location.as_ref())
    };
    let files = coverage::shortfalls(report, true).into_iter().map(of_file);
    let unknown = report.unknown.iter().map(|unknown| {
        let said = format!("not known, for lack of: {}", unknown.lacking);
        let mut one = notification("coverage/unknown".to_owned(), "note", &said, "", Some(&unknown.location));
        let index = indices.get(unknown.rule.as_str()).map(|at| json!({"id": unknown.rule, "index": at}));
        put(&mut one, "associatedRule", index);
        one
    });
    files.chain(unknown).collect()
}

fn of_plugin(plugin: &FailedPlugin<'_>) -> Value {
    notification(format!("plugin/{}", plugin.name), "error", &view::sentence(&plugin.said), plugin.path, None)
}

fn of_policy(report: &Report) -> Vec<Value> {
    let complaints = view::complaints(report).into_iter();
    complaints
        .map(|complaint| {
            let path = &complaint.location.path;
            notification("policy/without-effect".to_owned(), "warning", &complaint.title, path, Some(complaint.location))
        })
        .collect()
}

fn descriptors<'n>(notifications: impl Iterator<Item = &'n Value>) -> Option<Value> {
    let id = |one: &'n Value| one.pointer("/descriptor/id").and_then(Value::as_str);
    let ids: BTreeSet<&str> = notifications.filter_map(id).collect();
    let describe = |id: &&str| {
        let said = match id.split_once('/') {
            Some(("coverage", "unknown")) => "A rule could not tell, for lack of something.".to_owned(),
            Some(("plugin", name)) => format!("The plugin {name} did not run to its end."),
            Some(("coverage", code)) => format!("A file is not simply judged: {}.", code.replace('-', " ")),
            _ => "Something that files ask for counts for nothing.".to_owned(),
        };
        let name: String = id.split('/').map(pascal).collect();
        let described: Map<String, Value> = [
            ("id", json!(id)),
            ("name", json!(name)),
            ("shortDescription", json!({"text": said})),
            ("fullDescription", json!({"text": said})),
            ("help", json!({"text": said})),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
        Value::Object(described)
    };
    some_list(ids.iter().map(describe).collect())
}
