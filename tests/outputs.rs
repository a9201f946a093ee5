//! The forms of the report that other tools read: each as its reader wants it, and inert whatever files hold.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};

use crate::command::{command, root, run, scratch, write};

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// The report of a folder in a form.
fn shown(folder: &Path, format: &str, more: &[&str]) -> String {
    let output = run(folder, &[&["check", "--format", format], more].concat());
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    text(&output)
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A run of the log, which validates against nothing here: `cargo xtask outputs` asks the official validator.
fn sarif(folder: &Path, more: &[&str]) -> Value {
    read(&shown(folder, "sarif", more))["runs"][0].take()
}

/// The offset of a line and column of SARIF in a text: lines end as those of the run, columns count code points, and a mark of the
/// byte order is no part of the text.
fn offset(text: &str, line: &Value, column: &Value) -> usize {
    let (line, column) = (line.as_u64().expect("a line") as usize, column.as_u64().expect("a column") as usize);
    let mut start = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
    for _ in 1..line {
        let at = start + text[start..].find(['\r', '\n']).expect("a line");
        start = at + if text[at..].starts_with("\r\n") { 2 } else { 1 };
    }
    start + text[start..].chars().take(column - 1).map(char::len_utf8).sum::<usize>()
}

fn range(text: &str, region: &Value) -> std::ops::Range<usize> {
    offset(text, &region["startLine"], &region["startColumn"])..offset(text, &region["endLine"], &region["endColumn"])
}

const WORKFLOW: &str = "on: issues\njobs:\n  a:\n    name: Ünïcödé 𝄞\n    runs-on: x\n    steps:\n      \
    - uses: a/b@v1\t# ä\n      - {name: 𝄞𝄞𝄞, run: \"echo é ${{ github.event.issue.title }}\"}\n      \
    - run: |\n          echo 𝄞 ${{ github.event.issue.body }}\n          curl x | sh\n      \
    - uses: actions/checkout@v4\n";

#[test]
fn regions_of_sarif_are_the_bytes_of_the_findings() {
    let folder = scratch("sarif-regions");
    let texts = [
        ("lf", WORKFLOW.to_owned()),
        ("crlf", WORKFLOW.replace('\n', "\r\n")),
        ("cr", WORKFLOW.replace('\n', "\r")),
        ("bom", format!("\u{FEFF}{WORKFLOW}")),
        ("bom-first", "\u{FEFF}on: pull_request_target\njobs: {}\n".to_owned()),
    ];
    for (name, text) in &texts {
        write(&folder, &format!(".github/workflows/{name} ü#.yml"), text);
    }
    let more = ["--pack", "strict", "--fixes"];
    let (run, report) = (sarif(&folder, &more), read(&shown(&folder, "json", &more)));
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let (results, findings) = (list(&run, "/results"), list(&report, "/findings"));
    assert_eq!(results.len(), findings.len());
    let (mut multi, mut fixes, mut named) = (0, 0, BTreeSet::new());
    for (result, finding) in results.iter().zip(findings) {
        let path = finding["location"]["path"].as_str().expect("a path");
        let text = std::fs::read_to_string(folder.join(path)).expect("the file");
        let span = |span: &Value| span["start"].as_u64().expect("a start") as usize..span["end"].as_u64().expect("an end") as usize;
        let place = &result["locations"][0]["physicalLocation"];
        let region = &place["region"];
        assert_eq!(range(&text, region), span(&finding["location"]["span"]), "{result}");
        let uri = place["artifactLocation"]["uri"].as_str().expect("an address");
        assert_eq!(uri, path.replace(' ', "%20").replace('#', "%23").replace('ü', "%C3%BC"));
        multi += usize::from(region["startLine"] != region["endLine"]);
        named.insert(uri.to_owned());
        let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
        if let Some(snippet) = region["snippet"]["text"].as_str() {
            assert_eq!(snippet, lines(&text[range(&text, region)]));
        }
        if place["contextRegion"].is_object() {
            let context = &place["contextRegion"];
            assert_eq!(context["snippet"]["text"].as_str(), Some(&*lines(&text[range(&text, context)])), "{place}");
        }
        for (related, expected) in list(result, "/relatedLocations").iter().zip(list(finding, "/related")) {
            let region = &related["physicalLocation"]["region"];
            assert_eq!(range(&text, region), span(&expected["location"]["span"]));
        }
        for replacements in list(result, "/fixes").iter().map(|fix| list(fix, "/artifactChanges/0/replacements")) {
            let edits = list(finding, "/fix/edits");
            assert_eq!(replacements.len(), edits.len());
            for (replacement, edit) in replacements.iter().zip(edits) {
                assert_eq!(range(&text, &replacement["deletedRegion"]), span(&edit["span"]), "{replacement}");
                assert_eq!(replacement["insertedContent"]["text"].as_str().unwrap_or(""), edit["text"].as_str().expect("text"));
                fixes += 1;
            }
        }
    }
    assert_eq!(named.len(), texts.len());
    assert!(fixes > 3, "{fixes} {multi}");
}

#[test]
fn sarif_says_what_the_report_says() {
    let run = sarif(&root(), &["examples/github-attacked"]);
    let rules = list(&run, "/tool/driver/rules");
    for result in list(&run, "/results") {
        let rule = &rules[result["ruleIndex"].as_u64().expect("an index") as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        let level = if result["properties"]["action"] == "deny" { "error" } else { "warning" };
        assert_eq!(result["level"], level);
        assert!(result["baselineState"].is_null() && result["suppressions"].is_null());
        assert!(result["partialFingerprints"]["gatepost/v1"].as_str().is_some_and(|print| print.starts_with("gp1:")));
    }
    let rule = rules.iter().find(|rule| rule["id"] == "unpinned-action").expect("the rule");
    assert_eq!(rule["name"], "UnpinnedAction");
    assert_eq!(rule["properties"]["security-severity"], "8.0");
    assert_eq!(rule["properties"]["precision"], "high");
    assert!(list(rule, "/properties/tags").contains(&json!("security")));
    assert_eq!(run["properties"]["decision"]["outcome"], "deny");
    assert_eq!(list(&run, "/invocations/0/toolConfigurationNotifications").len(), 1, "the ignore that is not granted");
    assert!(run["versionControlProvenance"].is_null());
    let of_job = |variables: &[(&str, &str)]| {
        let mut command = command(&root());
        command.args(["check", "--format", "sarif", "examples/github-attacked"]);
        let output = command.envs(variables.iter().copied()).output().expect("the command");
        read(&text(&output)).pointer("/runs/0/versionControlProvenance/0").cloned().unwrap_or_default()
    };
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let told =
        of_job(&[("CI_PROJECT_URL", "https://gitlab.example/a/b"), ("CI_COMMIT_SHA", commit), ("CI_COMMIT_REF_NAME", "main")]);
    assert_eq!((&told["repositoryUri"], &told["revisionId"]), (&json!("https://gitlab.example/a/b"), &json!(commit)));
    // Where the book is published, if somebody says so.
    let of_book = |address: &str| {
        let mut command = command(&root());
        command.args(["check", "--format", "sarif", "examples/github-attacked"]).env("GATEPOST_DOCS", address);
        command.output().expect("the command")
    };
    let run = read(&text(&of_book("https://docs.example.org/gatepost"))).pointer("/runs/0").cloned().unwrap_or_default();
    assert_eq!(run["tool"]["driver"]["informationUri"], "https://docs.example.org/gatepost/");
    let page = "https://docs.example.org/gatepost/rules/unpinned-action.html";
    assert!(list(&run, "/tool/driver/rules").iter().any(|rule| rule["helpUri"] == page));
    let wrong = of_book("javascript:x");
    assert!(wrong.status.code() == Some(2) && String::from_utf8_lossy(&wrong.stderr).contains("GATEPOST_DOCS is where"));
    // What is no address, or holds who asks for it, is not told.
    for address in ["https://user:word@gitlab.example/a", "javascript:x", ""] {
        assert!(of_job(&[("CI_PROJECT_URL", address), ("CI_COMMIT_SHA", commit)]).is_null());
    }
}

#[test]
fn sarif_says_what_was_granted_and_what_was_not_read() {
    let folder = scratch("sarif-granted");
    write(
        &folder,
        ".github/workflows/a.yml",
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      # gatepost: ignore[unpinned-action] ours\n      - uses: a/b@v1\n      - uses: c/d@v1\n",
    );
    write(&folder, ".github/workflows/b.yml", "on: [\n");
    let run = sarif(&folder, &["--origin", "protected", "--only", "unpinned-action"]);
    let results = list(&run, "/results");
    let suppressed: Vec<_> = results.iter().map(|result| (&result["level"], &result["suppressions"])).collect();
    let granted = json!([{"kind": "inSource", "status": "accepted", "justification": "ours"}]);
    assert_eq!(suppressed, [(&json!("note"), &granted), (&json!("error"), &json!([]))]);
    let said = list(&run, "/invocations/0/toolExecutionNotifications");
    assert!(said.iter().all(|one| one["level"] == "error" && one["descriptor"]["id"] == "coverage/syntax"), "{said:?}");
    assert!(!said.is_empty());
    // GitLab and annotations leave out what was let pass.
    assert!(!shown(&folder, "gitlab", &["--origin", "protected"]).contains("a/b"));
    assert!(!shown(&folder, "github", &["--origin", "protected"]).contains("a/b"));
    let junit = shown(&folder, "junit", &["--origin", "protected", "--only", "unpinned-action"]);
    assert!(junit.contains("(ignored because: ours)\"/>") && junit.contains("<error "), "{junit}");
}

/// What GitLab reads of a code quality report.
fn gitlab_schema() -> Value {
    let text = json!({"type": "string", "minLength": 1});
    let lines = json!({"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}});
    let location = json!({"type": "object", "required": ["path", "lines"], "properties": {"path": text, "lines": lines}});
    let severity = json!({"enum": ["info", "minor", "major", "critical", "blocker"]});
    let properties =
        json!({"description": text, "check_name": text, "fingerprint": text, "severity": severity, "location": location});
    let required = ["description", "check_name", "fingerprint", "severity", "location"];
    let entry = json!({"type": "object", "required": required, "additionalProperties": false, "properties": properties});
    json!({"type": "array", "items": entry})
}

#[test]
fn gitlab_gets_what_it_reads() {
    let validator = jsonschema::validator_for(&gitlab_schema()).expect("a schema");
    for folder in ["examples/github-attacked", "examples/gitlab-included", "examples/kubernetes-attacked", "tests/fixtures"] {
        let report = read(&shown(&root(), "gitlab", &[folder, "--pack", "strict"]));
        let faults: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}");
        let entries = report.as_array().expect("a list");
        let prints: BTreeSet<&str> = entries.iter().filter_map(|entry| entry["fingerprint"].as_str()).collect();
        assert_eq!(prints.len(), entries.len(), "GitLab drops those that are twice there");
    }
}

fn annotations(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("::")).collect()
}

#[test]
fn github_gets_the_worst_ten_and_a_summary() {
    let folder = scratch("annotations");
    let summary = folder.join("summary.md");
    std::fs::write(&summary, "before\n").expect("a file");
    let mut command = command(&root());
    command.args(["check", "--format", "github", "examples/github-attacked"]);
    let output = command.env("GITHUB_STEP_SUMMARY", &summary).output().expect("the command");
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output);
    let commands = annotations(&shown);
    assert_eq!(commands.len(), 10);
    let errors = commands.iter().filter(|line| line.starts_with("::error ")).count();
    assert!(commands[..errors].iter().all(|line| line.starts_with("::error ")), "the worst come first");
    assert!(shown.contains("\nand 13 more: the summary of this run has them\ndenied: "), "{shown}");
    let summary = std::fs::read_to_string(summary).expect("the summary");
    assert!(summary.starts_with("before\n## Gatepost: denied\n"), "{summary}");
    assert!(summary.contains("| denies, high | `unpinned-action` |"), "{summary}");
}

/// Whether a text is JUnit's XML as its readers know it.
fn check_junit(text: &str) {
    let document = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let all = document.root_element();
    assert_eq!(all.tag_name().name(), "testsuites");
    let number = |node: roxmltree::Node<'_, '_>, name: &str| -> usize {
        node.attribute(name).and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{name}"))
    };
    let elements = |node: roxmltree::Node<'_, '_>| -> Vec<String> {
        node.children().filter(|child| child.is_element()).map(|child| child.tag_name().name().to_owned()).collect()
    };
    let mut tests = 0;
    for suite in all.children().filter(|child| child.is_element()) {
        assert_eq!(suite.tag_name().name(), "testsuite");
        assert!(suite.attribute("name").is_some());
        let cases: Vec<_> = suite.children().filter(|child| child.is_element()).collect();
        assert!(cases.iter().all(|case| case.tag_name().name() == "testcase"));
        assert!(cases.iter().all(|case| case.attribute("name").is_some() && case.attribute("classname").is_some()));
        let ended = |name: &str| cases.iter().filter(|case| elements(**case) == [name]).count();
        assert!(cases.iter().all(|case| elements(*case).len() <= 1));
        assert_eq!(number(suite, "tests"), cases.len());
        assert_eq!((number(suite, "failures"), number(suite, "errors")), (ended("failure"), ended("error")));
        assert_eq!(number(suite, "skipped"), ended("skipped"));
        let known = ["failure", "error", "skipped", "system-out"].map(ended).iter().sum::<usize>();
        assert_eq!(known + cases.iter().filter(|case| elements(**case).is_empty()).count(), cases.len());
        tests += cases.len();
    }
    assert_eq!(number(all, "tests"), tests);
}

#[test]
fn junit_is_read_by_its_readers() {
    for folder in ["examples", "tests/fixtures", "policies"] {
        check_junit(&shown(&root(), "junit", &[folder, "--pack", "strict"]));
    }
    let junit = shown(&root(), "junit", &["examples/github-well-kept"]);
    check_junit(&junit);
    assert!(junit.contains("<testcase name=\"no findings\"") && !junit.contains("<failure"), "{junit}");
}

/// What stands in names of files and in what messages quote.
const HOSTILE: &[&str] = &[
    "<img src=x onerror=alert(1)>",
    "![a](https-evil.example) [b](javascript-x)",
    "@team #1 !2 GH-3 ~label",
    "a|b`c``d",
    "%0A\u{FFFE}\u{1B}[31m",
    "\n::error file=x::owned\n",
    "]]>&quot;\"' ##[group]x",
    "-,:;title=owned",
];

#[cfg(unix)]
fn hostile(name: &str) -> PathBuf {
    let folder = scratch(name);
    for (at, text) in HOSTILE.iter().enumerate() {
        let value = serde_json::to_string(text).expect("json");
        let workflow = format!(
            "on: issues\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: {value}\n      - uses: \"a/b@{}\"\n      \
             - run: 'echo ${{{{ github.event.issue.title }}}}'\n",
            value.trim_matches('"'),
        );
        write(&folder, &format!(".github/workflows/{at}{text}.yml"), &workflow);
        write(
            &folder,
            &format!(".github/workflows/broken{at}{text}.yml"),
            &format!("on: push\njobs: [{value}\n x: {value}: {value}"),
        );
        write(&folder, &format!("chart{text}/templates/x.yml"), "apiVersion: v1\nkind: Pod\nmetadata:\n  {{- include \"x\" . }}\n");
    }
    folder
}

/// The text of Markdown outside of its code spans: a run of backticks ends at the next one of the same length.
#[cfg(unix)]
fn outside_of_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        out.push_str(&rest[..at]);
        let fence: String = rest[at..].chars().take_while(|c| *c == '`').collect();
        let body = &rest[at + fence.len()..];
        let mut from = 0;
        let end = loop {
            let start = from + body[from..].find('`').unwrap_or_else(|| panic!("a span without end: {line}"));
            let length = body[start..].chars().take_while(|c| *c == '`').count();
            if length == fence.len() {
                break start;
            }
            from = start + length;
        };
        out.push('\u{25A0}');
        rest = &body[end + fence.len()..];
    }
    out + rest
}

#[cfg(unix)]
#[test]
fn hostile_text_is_inert_in_every_form() {
    let folder = hostile("hostile-outputs");
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\t');

    let markdown = shown(&folder, "markdown", &[]);
    assert!(!markdown.chars().any(control));
    for line in markdown.lines().filter(|line| !line.starts_with('#') && !line.starts_with("|---")) {
        let outside = outside_of_code(line);
        let marks = ['<', '>', '[', ']', '!', '@', '#', '~', '&', '*', '_', '\\', '$', '%', '^', '/'];
        assert!(!outside.contains(marks), "{outside}\n{line}");
        assert!(!outside.contains("www.") && !outside.contains("GH-"), "{outside}");
        assert!(!line.starts_with("| ") || line.matches('|').count() == 5, "a table of four columns: {line}");
    }

    let github = shown(&folder, "github", &[]);
    assert_eq!(annotations(&github).len(), 10);
    for line in annotations(&github) {
        let (head, _) = line[2..].split_once("::").expect("a command");
        let (_, properties) = head.split_once(' ').expect("properties");
        let names: Vec<&str> = properties.split(',').filter_map(|one| Some(one.split_once('=')?.0)).collect();
        assert_eq!((names.first(), names.last()), (Some(&"file"), Some(&"title")), "{line}");
        assert!(names.iter().all(|name| ["file", "line", "endLine", "col", "endColumn", "title"].contains(name)), "{line}");
    }
    assert!(!github.contains("\n::error file=x") && !github.contains("##[group]"), "{github}");
    assert!(!github.chars().any(control));

    let junit = shown(&folder, "junit", &[]);
    check_junit(&junit);
    assert!(!junit.contains("<img") && !junit.chars().any(control) && !junit.contains('\u{FFFE}'));

    let run = sarif(&folder, &[]);
    let mut places = 0;
    for result in list(&run, "/results") {
        let uri = result.pointer("/locations/0/physicalLocation/artifactLocation/uri").and_then(Value::as_str).expect("an address");
        assert!(uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>[]`|\"'#:\\^{}".contains(&byte)), "{uri}");
        let message = result["message"]["text"].as_str().expect("a message");
        assert!(!message.contains("](") && !message.chars().any(control), "{message}");
        places += 1;
    }
    assert!(places > HOSTILE.len());

    let gitlab = read(&shown(&folder, "gitlab", &[]));
    let validator = jsonschema::validator_for(&gitlab_schema()).expect("a schema");
    assert!(validator.is_valid(&gitlab));
    for entry in gitlab.as_array().expect("a list") {
        assert!(!entry["description"].as_str().expect("text").chars().any(char::is_control), "{entry}");
    }

    for flag in ["--quiet", "--verbose"] {
        let terminal = text(&run_plain(&folder, &[flag]));
        // What begins another place is `::: `, of which GitHub makes no command.
        let obeyed = |line: &str| line.starts_with("::") && !line.starts_with("::: ");
        assert!(!terminal.chars().any(control) && !terminal.lines().any(obeyed), "{terminal}");
    }
}

fn run_plain(folder: &Path, more: &[&str]) -> Output {
    run(folder, &[&["check", "--no-color"], more].concat())
}

#[test]
fn outputs_that_cannot_be_written_are_told_before_files_are_judged() {
    let folder = scratch("outputs-refused");
    write(&folder, ".github/workflows/a.yml", "on: push\njobs: {}\n");
    for (formats, said) in [
        (["sarif=no/where.sarif", "json"], "no/where.sarif cannot be written: its folder is not there"),
        (["sarif=.github", "json"], ".github cannot be written: it is a folder"),
        (["sarif=a", "json=a"], "two formats for one file"),
        (["sarif", "github"], "two formats for standard output"),
        (["sarfi", "github"], "did you mean `sarif`?"),
    ] {
        let output = run(&folder, &["check", "--format", formats[0], "--format", formats[1]]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{error}");
        assert!(error.contains(said), "{error}");
    }
    // What was there is replaced as a whole, and nothing is left beside it.
    write(&folder, "r.sarif", "before");
    let output = run(&folder, &["check", "--format", "sarif=r.sarif", "--format", "junit=r.xml", "--format", "github"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(std::fs::read_to_string(folder.join("r.sarif")).expect("the report").starts_with("{\"$schema\""));
    let names =
        std::fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.file_name().into_string().expect("a name"));
    assert_eq!(names.collect::<BTreeSet<_>>(), [".github", "r.sarif", "r.xml"].map(str::to_owned).into());
}

#[test]
fn colours_are_as_asked() {
    let coloured = |variables: &[(&str, &str)], more: &[&str]| {
        let mut command = command(&root());
        command.arg("check").args(more).arg("examples/github-well-kept");
        let output = command.envs(variables.iter().copied()).output().expect("the command");
        text(&output).contains('\u{1B}')
    };
    assert!(!coloured(&[], &[]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1")], &["--no-color"]));
    assert!(coloured(&[("NO_COLOR", "1")], &["--color", "always"]));
}

#[test]
fn what_is_not_judged_comes_with_the_command_that_helps() {
    let folder = scratch("helps");
    write(&folder, "shop/templates/a.yml", "apiVersion: v1\nkind: Pod\nmetadata:\n  {{- include \"labels\" . | nindent 2 }}\n");
    write(&folder, "deploy/kustomization.yaml", "resources: [a.yml]\n");
    write(&folder, ".gitlab-ci.yml", "include:\n  - project: a/b\n    file: c.yml\nx:\n  script: make\n");
    let helps = [
        "helm template shop | gatepost check -",
        "kustomize build deploy | gatepost check -",
        "gatepost check --source GROUP/PROJECT@REF=DIR",
    ];
    for format in ["terminal", "sarif", "gitlab", "github", "junit", "markdown"] {
        let shown = shown(&folder, format, &["."]);
        for help in helps {
            // A path before the folder of the chart where the folder of tests lies in a repository.
            let (before, after) = help.split_once(' ').expect("a command");
            let after = after.rsplit(' ').next().expect("a word");
            assert!(shown.contains(before) && shown.contains(after), "{format}: {help}\n{shown}");
        }
        assert!(!shown.contains("1 files") && !shown.contains("1 file are"), "{shown}");
    }
}

#[test]
fn an_end_without_anything_judged_says_why() {
    let folder = scratch("nothing");
    write(&folder, "empty.yml", "");
    let output = run_plain(&folder, &["empty.yml"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output).contains("neither a workflow (`on`, `jobs`) nor an action"), "{}", text(&output));
    std::fs::create_dir_all(folder.join("none/.git")).expect("a folder");
    let output = run_plain(&folder.join("none"), &[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output).contains("no pipeline definitions or manifests were found here"), "{}", text(&output));
}
