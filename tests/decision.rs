//! From findings to one decision: severity and confidence, ignores by origin, and what was not looked at.

use policy_core::report::{Action, FileState, IgnoreState, Outcome, Report};
use serde_json::{Value, json};

use crate::support::{TestFile, evaluate, file};

fn steps(steps: &str) -> String {
    format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}")
}

fn workflow(text: &str) -> TestFile {
    file(".github/workflows/a.yml", text)
}

/// The rules whose findings these tests decide about.
const RULES: &[&str] = &["secret-reused-across-environments", "template-injection", "unpinned-action"];

fn judge(text: &str) -> Report {
    evaluate(&[workflow(text)], &json!({"options": {"only": RULES}}))
}

fn from(origin: &str, text: &str) -> Report {
    let head = json!({"files": [{"path": ".github/workflows/a.yml", "text": text, "origin": origin}]});
    evaluate(&[], &json!({"head": head, "options": {"only": RULES}}))
}

#[test]
fn only_high_severity_with_high_confidence_denies() {
    assert_eq!(judge(&steps("      - run: make\n")).decision.outcome, Outcome::Allow);
    assert_eq!(judge(&steps("      - uses: actions/checkout@v4\n")).decision.outcome, Outcome::Warn);
    assert_eq!(judge(&steps("      - uses: a/b@v1.2.3\n")).decision.outcome, Outcome::Warn);
    let denied = judge(&steps("      - uses: a/b@v1\n"));
    assert_eq!(denied.decision.outcome, Outcome::Deny);
    assert_eq!(denied.decision.reasons, ["1 finding of high severity and high confidence"]);
}

const IGNORED: &str = "      - uses: a/b@v1 # gatepost: ignore[unpinned-action] our own fork\n";

#[test]
fn what_a_change_brings_may_only_tighten() {
    for (origin, state, outcome) in [
        ("protected", IgnoreState::Granted, Outcome::Allow),
        ("organisation", IgnoreState::Granted, Outcome::Allow),
        ("change", IgnoreState::Refused, Outcome::Deny),
        ("unknown", IgnoreState::Refused, Outcome::Deny),
    ] {
        let report = from(origin, &steps(IGNORED));
        assert_eq!(report.ignores.iter().map(|ignore| ignore.state).collect::<Vec<_>>(), [state], "{origin}");
        assert_eq!(report.decision.outcome, outcome, "{origin}");
        // What is ignored stays visible, with the ignore.
        assert_eq!((report.findings.len(), report.verdicts[0].ignore), (1, Some(0)), "{origin}");
        assert_eq!(report.verdicts[0].action == Action::Ignored, state == IgnoreState::Granted);
    }
}

#[test]
fn an_ignore_speaks_of_its_line_or_of_the_next() {
    let granted = |text: &str| from("protected", &steps(text)).decision.outcome == Outcome::Allow;
    assert!(granted("      # gatepost: ignore[unpinned-action] ours\n      - uses: a/b@v1\n"));
    assert!(granted("      # gatepost: ignore[unpinned-action]: ours\n      # and more words\n      - uses: a/b@v1\n"));
    assert!(granted("      # gatepost: ignore[template-injection, unpinned-action] ours\n      - uses: a/b@v1\n"));
    assert!(!granted("      # gatepost: ignore[unpinned-action] ours\n\n      - run: make\n      - uses: a/b@v1\n"));
    assert!(!granted("      # gatepost: ignore[template-injection] ours\n      - uses: a/b@v1\n"));
    // A block scalar has no comments: the line of its key counts.
    let script = "on: issues\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: | # gatepost: ignore[template-injection] shown only\n          echo\n          echo ${{ github.event.issue.title }}\n";
    assert_eq!(from("protected", script).decision.outcome, Outcome::Allow);
}

#[test]
fn an_ignore_without_reason_or_rule_counts_for_nothing() {
    for (comment, because) in [
        ("# gatepost: ignore[unpinned-action]", "an ignore needs a reason behind its `]`"),
        ("# gatepost: ignore[unpined-action] ours", "there is no rule `unpined-action`; did you mean `unpinned-action`?"),
        ("# gatepost: ignore unpinned-action", "an ignore is written `# gatepost: ignore[rule-id] reason`"),
    ] {
        let report = from("protected", &steps(&format!("      - uses: a/b@v1 {comment}\n")));
        assert_eq!(report.ignores.len(), 1, "{comment}");
        assert_eq!((report.ignores[0].state, report.ignores[0].because.as_str()), (IgnoreState::Invalid, because));
        assert_eq!(report.decision.outcome, Outcome::Deny, "{comment}");
    }
    let unused = from("protected", &steps("      - run: make # gatepost: ignore[unpinned-action] ours\n"));
    assert_eq!(unused.ignores[0].state, IgnoreState::Unused);
}

#[test]
fn an_ignore_in_one_place_of_a_join_is_that_of_its_file() {
    let job = |environment: &str, comment: &str| {
        format!("  {environment}:\n    environment: {environment}\n    env:\n      K: ${{{{ secrets.K }}}} {comment}\n")
    };
    let text = format!(
        "on: push\njobs:\n{}{}",
        job("a", "# gatepost: ignore[secret-reused-across-environments] same account"),
        job("b", "")
    );
    let report = from("protected", &text);
    assert_eq!((report.findings.len(), report.decision.outcome), (1, Outcome::Allow));
}

fn state(files: &[TestFile], more: &Value) -> (Outcome, Vec<FileState>) {
    let report = evaluate(files, more);
    (report.decision.outcome, report.coverage.files.iter().map(|file| file.state).collect())
}

#[test]
fn what_ci_executes_and_cannot_be_read_denies() {
    use FileState::{Judged, Opaque, Partly, Refused};
    let broken = "on: push\njobs: [\n";
    let good = || file(".github/workflows/good.yml", "on: push\njobs: {}\n");
    assert_eq!(state(&[workflow(broken), good()], &json!({})), (Outcome::Deny, vec![Refused, Judged]));
    // Where nothing says that CI executes it, it only warns.
    assert_eq!(state(&[file("docs/a.yml", broken), good()], &json!({})), (Outcome::Warn, vec![Judged, Refused]));
    // A template lies where nothing executes it, or CI could still read it in another way.
    let template = "on: push\njobs:\n  {{- range .Values.x }}\n  a: {}\n";
    assert_eq!(state(&[file("chart/a.yml", template), good()], &json!({})), (Outcome::Warn, vec![Judged, Opaque]));
    assert_eq!(state(&[workflow(template), good()], &json!({})), (Outcome::Deny, vec![Refused, Judged]));
    assert_eq!(state(&[workflow("on: push\njobs: {}\nx: {{ .Values.x }}\n")], &json!({})), (Outcome::Warn, vec![Partly]));
    assert_eq!(state(&[file("docs/a.yml", "a: 1\n"), good()], &json!({})), (Outcome::Allow, vec![Judged, Opaque]));
    assert_eq!(state(&[workflow("on: push\non: push\njobs: {}\n")], &json!({})), (Outcome::Warn, vec![Partly]));
    assert_eq!(state(&[workflow("on: push\njobs:\n  a:\n    if: ${{ a b }}\n")], &json!({})), (Outcome::Warn, vec![Partly]));
    // GitHub does not run what is no workflow.
    assert_eq!(state(&[workflow("a: 1\n"), good()], &json!({})), (Outcome::Warn, vec![Refused, Judged]));
    assert_eq!(state(&[workflow("on: push\njobs: {}\n---\non: push\njobs: {}\n")], &json!({})), (Outcome::Warn, vec![Partly]));
}

#[test]
fn nothing_judged_is_not_allowed() {
    assert_eq!(state(&[], &json!({})).0, Outcome::Error);
    assert_eq!(state(&[file("a.yml", "a: 1\n")], &json!({})).0, Outcome::Error);
}

#[test]
fn what_the_host_could_not_read_is_reported() {
    let unread = json!([{"path": ".github/workflows/b.yml", "origin": "unknown", "roles": ["github-workflow"], "state": "refused",
        "why": [{"code": "unreadable", "message": "the file cannot be read: permission denied"}]}]);
    let (outcome, states) = state(&[workflow("on: push\njobs: {}\n")], &json!({"head": {"unread": unread}}));
    assert_eq!((outcome, states), (Outcome::Deny, vec![FileState::Judged, FileState::Refused]));
}

#[test]
fn settings_are_not_said_to_be_executed() {
    let trace = |path: &str| {
        let report = evaluate(&[file(path, "a: [\n"), workflow("on: push\njobs: {}\n")], &json!({}));
        let gates = report.subjects.iter().flat_map(|subject| &subject.gates);
        gates.flat_map(|gate| gate.trace.clone()).collect::<Vec<_>>().join("\n")
    };
    assert!(trace(".github/workflows/b.yml").contains("1 file that CI executes cannot be read"));
    assert!(trace(".github/dependabot.yml").contains("1 file of settings cannot be read"), "{}", trace(".github/dependabot.yml"));
}

#[test]
fn paths_that_look_random_are_still_told_apart() {
    let folder = "services/Billing2024/eu-west-1/Kq7/pR9/vT3/xY5/zB8/cD6/fG1/hJ4/kL2/mN0/checkout";
    let files: Vec<TestFile> = ["a", "b"].map(|name| file(&format!("{folder}/{name}.yml"), "on: push\njobs: {}\n")).into();
    let report = evaluate(&files, &json!({}));
    let paths: Vec<&str> = report.coverage.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, [format!("{folder}/a.yml"), format!("{folder}/b.yml")]);
}

#[test]
fn a_file_of_two_kinds_is_judged_as_both() {
    let both = "on: issues\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: a/b@v1\nruns:\n  using: composite\n  steps:\n    - uses: c/d@v2\n";
    let report = evaluate(&[file("both.yml", both)], &json!({"head": {"roots": []}, "options": {"only": RULES}}));
    assert_eq!(report.coverage.files[0].roles, ["github-workflow", "github-action"]);
    assert_eq!(report.findings.len(), 2);
}

#[test]
fn a_manifest_that_cannot_be_read_denies() {
    let good = file("good.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";
    let wide: Vec<u8> = [0xFF, 0xFE].into_iter().chain(pod.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let unread = [
        ("deep.yaml", format!("{pod}x: {}{}\n", "[".repeat(300), "]".repeat(300)).into_bytes()),
        ("wide.yaml", wide),
        ("nul.yaml", format!("{pod}---\n\0").into_bytes()),
        ("open.yaml", format!("{pod}spec: \"\n").into_bytes()),
        ("cut.json", b"{\"apiVersion\": \"v1\", \"kind\": \"Pod\", ".to_vec()),
    ];
    for (path, bytes) in unread {
        let report = evaluate(&[good.clone(), file(path, bytes)], &json!({}));
        assert_eq!(report.decision.outcome, Outcome::Deny, "{path}: {:?}", report.decision);
    }
    // A template has to be rendered, and what is no manifest harms no cluster.
    for (path, text) in
        [("chart.yaml", format!("{pod}{{{{- if .Values.x }}}}\nspec: {{}}\n")), ("notes.yaml", "a: \"\n".to_owned())]
    {
        let report = evaluate(&[good.clone(), file(path, text)], &json!({}));
        assert_eq!(report.decision.outcome, Outcome::Warn, "{path}: {:?}", report.decision);
    }
}
