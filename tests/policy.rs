//! The policy: what a layer may set, what it may not, exceptions, baselines, and what a change brought.

use policy_core::api::{Answer, Operation};
use policy_core::report::{Action, Age, ExceptionState, Outcome, Report};
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use serde_json::{Value, json};

use crate::support::{TestFile, evaluate, file, native, request};

const PATH: &str = ".github/workflows/a.yml";

/// One finding that denies by default, one that warns.
const WORKFLOW: &str = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    steps:\n      \
                        - uses: a/b@v1\n      - uses: actions/setup-node@v4\n";

const ONLY: &[&str] = &["template-injection", "unpinned-action"];

fn layer(origin: &str, text: &str) -> Value {
    json!({"path": "gatepost.yaml", "text": format!("version: 1\n{text}"), "origin": origin})
}

fn judged(layers: &[Value], more: Value) -> Report {
    let mut header = json!({"layers": layers, "now": "2026-11-30T09:00:00Z", "options": {"only": ONLY}});
    merge(&mut header, more);
    evaluate(&[file(PATH, WORKFLOW)], &header)
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            more.into_iter().for_each(|(key, value)| merge(into.entry(key).or_insert(Value::Null), value));
        }
        (into, more) => *into = more,
    }
}

fn under(layers: &[Value]) -> Report {
    judged(layers, json!({}))
}

fn actions(report: &Report) -> Vec<Action> {
    report.verdicts.iter().map(|verdict| verdict.action).collect()
}

/// What the module refuses of a policy, each problem on a line.
fn problems(text: &str) -> Vec<String> {
    let header = json!({"layers": [{"path": "gatepost.yaml", "text": text, "origin": "protected"}]});
    let answer = native(Operation::Evaluate, &request(&[file(PATH, WORKFLOW)], &header));
    let answer: Answer<Value> = serde_json::from_slice(&answer).expect("an answer");
    let error = answer.error.map(|error| error.problems).unwrap_or_default();
    let said = |problem: policy_core::policy::PolicyProblem| {
        let hint = problem.hint.map_or_else(String::new, |hint| format!("; {hint}"));
        format!("{}:{}: {}{hint}", problem.location.line, problem.location.column, problem.message)
    };
    error.into_iter().map(said).collect()
}

#[test]
fn modes_say_what_findings_do() {
    use Action::{Deny, DryRun, Warn};
    assert_eq!(actions(&under(&[])), [Deny, Warn]);
    for (policy, wanted) in [
        ("rules: {unpinned-action: enforce}", vec![Deny, Deny]),
        ("rules: {unpinned-action: warn}", vec![Warn, Warn]),
        ("rules: {unpinned-action: dryRun}", vec![DryRun, DryRun]),
        ("rules: {unpinned-action: off}", vec![]),
        ("rules: {unpinned-action: {severity: medium, confidence: low}}", vec![Deny, Deny]),
        ("rules: {unpinned-action: {mode: enforce, severity: high}}", vec![Deny, Warn]),
        ("rules: {unpinned-action: {mode: enforce, severity: critical}}", vec![Warn, Warn]),
        ("deny: {severity: critical}", vec![Warn, Warn]),
        ("deny: {severity: low, confidence: low}", vec![Deny, Deny]),
        ("rulesAsOf: 2026-10", vec![]),
        ("rulesAsOf: 2026-11", vec![Deny, Warn]),
        ("extends: [pss-baseline]", vec![]),
        ("extends: [pss-baseline, strict]", vec![Deny, Warn]),
    ] {
        assert_eq!(actions(&under(&[layer("protected", policy)])), wanted, "{policy}");
    }
    assert_eq!(under(&[layer("protected", "rules: {unpinned-action: dryRun}")]).decision.outcome, Outcome::Allow);
}

#[test]
fn what_is_wrong_is_said_where_it_stands() {
    assert_eq!(problems("rules: {}\n"), ["1:1: a policy says which version of its form it has; write `version: 1`"]);
    for (text, wanted) in [
        ("rule: {}", "2:1: there is no key `rule`; did you mean `rules`?"),
        (
            "windows: []",
            "2:1: `windows` is part of the policy's model, but this version of Gatepost does not judge it yet; leave `windows` out",
        ),
        ("rules: {unpined-action: warn}", "2:9: there is no rule `unpined-action`; did you mean `unpinned-action`?"),
        ("rules: {unpinned-uses: warn}", "2:9: there is no rule `unpinned-uses`; another tool calls `unpinned-action` so"),
        ("rules: {unpinned-action: eforce}", "2:26: this is one of `off`, `dryRun`, `warn` and `enforce`; did you mean `enforce`?"),
        ("rules: {unpinned-action: {modus: warn}}", "2:27: there is no key `modus`; did you mean `mode`?"),
        ("extends: strickt", "2:10: there is no pack `strickt`; did you mean `strict`?"),
        ("minCoverage: 2", "2:14: `minCoverage` is a share from 0 to 1, or a percentage"),
        ("rulesAsOf: november", "2:12: `rulesAsOf` is a month; write it as `2026-11`"),
        (
            "options: {kubernetesVersion: 9}",
            "2:30: `kubernetesVersion` is no version of Kubernetes; write it as `\"1.33\"`, or `latest`",
        ),
        ("exceptions: [{id: A}]", "2:14: this exception lacks `rules`, `reason`, `owner` and `expires`"),
        (
            "exceptions: [{id: A, rules: unpinned-action, reason: r, owner: o, expires: 2027-01-01}]",
            "2:14: an exception names a `path`, an `object` or a `fingerprint`; to switch a rule off, set its mode under `rules`",
        ),
        (
            "exceptions: [{id: A, rules: unpinned-action, path: x, reason: r, owner: o, expires: '2027-01-01T10:00:00'}]",
            "2:85: this is a date, or an instant with its offset from UTC; write `2027-01-31`, or `2027-01-31T18:00:00+01:00`",
        ),
    ] {
        assert_eq!(problems(&format!("version: 1\n{text}\n")), [wanted], "{text}");
    }
    assert_eq!(problems("version: 1\na: [\n").len(), 1);
    assert_eq!(problems("version: 1\nrules: {}\nrules: {}\n").len(), 1, "a second key");
    assert_eq!(problems("- version: 1\n"), ["1:1: a policy is a mapping; begin with `version: 1`"]);
}

#[test]
fn a_policy_never_echoes_a_secret() {
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let said = problems(&format!("version: 1\n{token}: x\nrules: {{{token}: warn}}\n")).join("\n");
    assert!(!said.contains(&token), "{said}");
}

#[test]
fn what_stands_below_may_only_tighten() {
    use Action::{Deny, Warn};
    let organisation = |text: &str| layer("organisation", text);
    for (above, below, wanted, refused) in [
        ("deny: {severity: high}", "rules: {unpinned-action: off}", vec![Deny, Warn], 1),
        ("deny: {severity: high}", "rules: {unpinned-action: warn}", vec![Deny, Warn], 1),
        ("deny: {severity: high}", "rules: {unpinned-action: enforce}", vec![Deny, Deny], 0),
        ("deny: {severity: high}", "deny: {severity: critical}", vec![Deny, Warn], 1),
        ("deny: {severity: high}", "deny: {severity: low, confidence: low}", vec![Deny, Deny], 0),
        ("deny: {severity: high}", "rulesAsOf: 2026-10", vec![Deny, Warn], 1),
        ("deny: {severity: high}", "extends: [pss-baseline]", vec![Deny, Warn], 1),
        ("rules: {unpinned-action: {override: any}}", "rules: {unpinned-action: off}", vec![], 0),
        ("override: any", "rules: {unpinned-action: off}", vec![], 0),
        ("override: any\nrules: {unpinned-action: {override: tighten}}", "rules: {unpinned-action: off}", vec![Deny, Warn], 1),
        ("rules: {unpinned-action: {mode: off}}", "rules: {unpinned-action: warn}", vec![Warn, Warn], 0),
        (
            "rules: {unpinned-action: {mode: enforce, severity: medium}}",
            "rules: {unpinned-action: {severity: high}}",
            vec![Deny, Deny],
            1,
        ),
    ] {
        let report = under(&[organisation(above), layer("protected", below)]);
        let policy = report.policy.as_ref().expect("a policy");
        assert_eq!((actions(&report), policy.not_granted.len()), (wanted, refused), "{above} / {below}");
    }
    // Alone, the same file is free.
    assert_eq!(actions(&under(&[layer("protected", "rules: {unpinned-action: off}")])), []);
    // What a change brings is not, even alone.
    for origin in ["change", "unknown"] {
        let report = under(&[layer(origin, "rules: {unpinned-action: off}")]);
        assert_eq!(report.decision.outcome, Outcome::Deny, "{origin}");
        assert_eq!(report.policy.expect("a policy").not_granted.len(), 1, "{origin}");
    }
}

fn exception(more: &str) -> String {
    format!("exceptions: [{{id: E, rules: unpinned-action, reason: r, owner: o, {more}}}]")
}

#[test]
fn exceptions_are_in_force_for_their_time_and_place() {
    use ExceptionState::{Expired, NotGranted, TooBroad, Unused, Used};
    let first = under(&[]).findings[0].fingerprint.clone();
    for (more, state) in [
        ("path: .github/workflows/a.yml, expires: 2026-12-01", Used),
        ("path: '**/*.yml', expires: 2026-12-01", Used),
        ("path: '.github/*', expires: 2026-12-01", Unused),
        (&format!("fingerprint: '{first}', expires: 2026-12-01"), Used),
        ("path: x, expires: 2026-12-01", Unused),
        ("path: '**', expires: 2026-11-30", Expired),
        ("path: '**', expires: '2026-11-30T09:00:00Z'", Expired),
        ("path: '**', expires: '2026-11-30T09:00:01Z'", Used),
        ("path: '**', expires: '2026-11-30T10:00:01+01:00'", Used),
        ("path: '**', created: 2026-12-01, expires: 2026-12-02", NotGranted),
    ] {
        let report = under(&[layer("protected", &exception(more))]);
        let policy = report.policy.expect("a policy");
        assert_eq!(policy.exceptions[0].state, state, "{more}: {}", policy.exceptions[0].because);
        let excepted = report.verdicts.iter().filter(|verdict| verdict.action == Action::Excepted).count();
        assert_eq!(excepted > 0, state == Used, "{more}");
        assert_eq!(report.findings.len(), 2, "what is excepted stays: {more}");
    }
    let state = |layers: &[Value], more: Value| {
        let policy = judged(layers, more).policy.expect("a policy");
        policy.exceptions[0].state
    };
    let all = exception("path: '**', expires: 2026-12-01");
    let with = |text: &str| format!("{text}\n{all}");
    assert_eq!(state(&[layer("change", &all)], json!({})), NotGranted);
    assert_eq!(state(&[layer("protected", &with("exceptionPolicy: {maxMatches: 1}"))], json!({})), TooBroad);
    assert_eq!(state(&[layer("protected", &with("exceptionPolicy: {maxLifetime: 30d}"))], json!({})), NotGranted);
    let dated = exception("path: '**', created: 2026-11-20, expires: 2026-12-01");
    assert_eq!(state(&[layer("protected", &format!("exceptionPolicy: {{maxLifetime: 30d}}\n{dated}"))], json!({})), Used);
    assert_eq!(state(&[layer("protected", &with("rules: {unpinned-action: {override: none}}"))], json!({})), NotGranted);
    // What a change leaves as it was is not asked for again.
    let twice = under(&[layer("protected", &all), layer("change", &all)]).policy.expect("a policy");
    assert_eq!(twice.exceptions.iter().map(|exception| exception.state).collect::<Vec<_>>(), [Used]);
    // Nobody said what time it is.
    assert_eq!(state(&[layer("protected", &all)], json!({"now": null})), Expired);
}

#[test]
fn a_locked_rule_is_neither_ignored_nor_baselined() {
    let ignored = WORKFLOW.replace("a/b@v1", "a/b@v1 # gatepost: ignore[unpinned-action] ours");
    let head = json!({"files": [{"path": PATH, "text": ignored, "origin": "protected"}], "roots": [""]});
    let report = |policy: &str| {
        let header = json!({"head": head, "layers": [layer("organisation", policy)], "options": {"only": ONLY}});
        evaluate(&[], &header)
    };
    assert_eq!(actions(&report("")), [Action::Ignored, Action::Warn]);
    assert_eq!(actions(&report("rules: {unpinned-action: {override: none}}")), [Action::Deny, Action::Warn]);
}

fn baseline(report: &Report, origin: &str) -> Value {
    let findings: Vec<Value> = report.findings.iter().map(|finding| json!({"fingerprint": finding.fingerprint})).collect();
    json!({"path": "gatepost-baseline.json", "origin": origin, "text": json!({"baseline": 1, "findings": findings}).to_string()})
}

#[test]
fn a_baseline_takes_what_it_lists_out_of_the_decision() {
    let before = under(&[]);
    let report = judged(&[], json!({"baselines": [baseline(&before, "protected")]}));
    assert_eq!(actions(&report), [Action::Baselined, Action::Baselined]);
    assert_eq!(report.decision.outcome, Outcome::Allow);
    let reported = &report.policy.expect("a policy").baselines[0];
    assert_eq!((reported.entries, reported.used, reported.gone, reported.not_granted), (2, 2, 0, 0));
    let brought = judged(&[], json!({"baselines": [baseline(&before, "change")]}));
    assert_eq!((brought.decision.outcome, actions(&brought)), (Outcome::Deny, actions(&before)));
    assert_eq!(brought.policy.expect("a policy").baselines[0].not_granted, 2);
}

fn base(text: &str) -> Value {
    json!({"base": {"files": [{"path": PATH, "text": text}], "roots": [""], "complete": true}})
}

#[test]
fn a_change_is_judged_by_what_it_brings() {
    let without = WORKFLOW.replace("      - uses: a/b@v1\n", "");
    let report = judged(&[], base(&without));
    let ages: Vec<Option<Age>> = report.verdicts.iter().map(|verdict| verdict.age).collect();
    assert_eq!((actions(&report), ages), (vec![Action::Deny, Action::Existing], vec![Some(Age::New), Some(Age::Existing)]));
    let same = judged(&[], base(WORKFLOW));
    assert_eq!(same.decision.outcome, Outcome::Allow);
    assert_eq!(judged(&[layer("protected", "decideOn: all")], base(WORKFLOW)).decision.outcome, Outcome::Deny);
    // A change cannot say that, but for the stricter.
    assert_eq!(judged(&[layer("change", "decideOn: all")], base(WORKFLOW)).decision.outcome, Outcome::Deny);
    let more = WORKFLOW.to_owned() + "      - uses: c/d@v1\n";
    let fixed = judged(&[], base(&more)).fixed;
    assert_eq!(fixed.iter().map(|finding| finding.rule.as_str()).collect::<Vec<_>>(), ["unpinned-action"]);
}

#[test]
fn fingerprints_outlive_edits_elsewhere() {
    let prints = |text: &str| {
        let report = evaluate(&[file(PATH, text)], &json!({"options": {"only": ONLY}}));
        let mut prints: Vec<String> = report.findings.into_iter().map(|finding| finding.fingerprint).collect();
        prints.sort();
        prints
    };
    let two = WORKFLOW.to_owned() + "  b:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: e/f@v1\n";
    let known = prints(&two);
    assert_eq!(prints(&format!("# a comment\n\n\n{two}")), known, "lines above");
    assert_eq!(prints(&two.replace("timeout-minutes: 5", "timeout-minutes: 9\n    env: {A: b}")), known, "unrelated keys");
    let (head, jobs) = two.split_once("  a:\n").expect("a job");
    let (a, b) = jobs.split_once("  b:\n").expect("a second job");
    assert_eq!(prints(&format!("{head}  b:\n{b}  a:\n{a}")), known, "jobs the other way round");
    let twice = prints(&(WORKFLOW.to_owned() + "      - uses: a/b@v1\n"));
    assert_eq!(twice.len(), 3);
    assert!(twice.windows(2).all(|pair| pair[0] != pair[1]), "equal steps have prints of their own");
}

#[test]
fn coverage_below_what_is_asked_for_denies() {
    let files: Vec<TestFile> = vec![
        file(PATH, "on: push\npermissions: {}\njobs: {a: {runs-on: ubuntu-24.04, steps: [{run: make}]}}\n"),
        file(
            "chart/templates/a.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Values.name }}}\n{{ if .x }}\nspec: {}\n{{ end }}\n",
        ),
    ];
    let outcome = |policy: &str| {
        let header = json!({"layers": [layer("protected", policy)], "options": {"only": ONLY}});
        evaluate(&files, &header).decision.outcome
    };
    assert_eq!(outcome("minCoverage: 0.5"), Outcome::Warn);
    assert_eq!(outcome("minCoverage: 60%"), Outcome::Deny);
    assert_eq!(outcome("minCoverage: 1"), Outcome::Deny);
}

// A piece of a policy that a layer could hold.
fn piece() -> impl Strategy<Value = String> {
    let mode = prop_oneof![Just("off"), Just("dryRun"), Just("warn"), Just("enforce")];
    let severity = prop_oneof![Just("info"), Just("low"), Just("medium"), Just("high"), Just("critical")];
    let confidence = prop_oneof![Just("low"), Just("medium"), Just("high")];
    let below = prop_oneof![Just("none"), Just("tighten"), Just("any")];
    (mode, severity, confidence, below, any::<u16>()).prop_map(|(mode, severity, confidence, below, which)| {
        let has = |bit: u16| which & (1 << bit) != 0;
        let mut rule = Vec::new();
        rule.extend(has(0).then(|| format!("mode: {mode}")));
        rule.extend(has(1).then(|| format!("severity: {severity}")));
        rule.extend(has(2).then(|| format!("confidence: {confidence}")));
        rule.extend(has(3).then(|| format!("override: {below}")));
        let mut lines = vec![format!("rules: {{unpinned-action: {{{}}}}}", rule.join(", "))];
        lines.extend(has(4).then(|| format!("deny: {{severity: {severity}}}")));
        lines.extend(has(5).then(|| format!("deny: {{confidence: {confidence}}}")).filter(|_| !has(4)));
        lines.extend(has(6).then(|| format!("override: {below}")));
        lines.extend(has(7).then(|| "extends: [pss-restricted]".to_owned()));
        lines.extend(has(8).then(|| "rulesAsOf: 2020-01".to_owned()));
        lines.extend(has(9).then(|| exception("path: '**', expires: 2027-01-01")));
        lines.extend(has(10).then(|| "decideOn: change".to_owned()));
        lines.extend(has(11).then(|| "minCoverage: 0".to_owned()));
        lines.join("\n")
    })
}

// How much a finding counts: more is stricter.
fn strictness(report: &Report) -> Vec<(String, bool)> {
    let denied = report.verdicts.iter().filter(|verdict| verdict.action == Action::Deny);
    denied.map(|verdict| (report.findings[verdict.finding as usize].fingerprint.clone(), true)).collect()
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    /// Whatever layers of a lower rank, or of a change, say: what was denied without them is denied with them.
    #[test]
    fn layers_below_never_turn_deny_into_allow(above in piece(), below in proptest::collection::vec((piece(), any::<bool>()), 1..4)) {
        let above = above.replace("override: any", "override: tighten");
        let top = layer("organisation", &above);
        let alone = under(std::slice::from_ref(&top));
        let mut layers = vec![top];
        layers.extend(below.iter().map(|(text, protected)| {
            // An exception of a protected file is for its owners to give; here only what it sets is looked at.
            let text = if *protected { text.lines().filter(|line| !line.starts_with("exceptions")).collect::<Vec<_>>().join("\n") } else { text.clone() };
            layer(if *protected { "protected" } else { "change" }, &text)
        }));
        let with = under(&layers);
        let now = strictness(&with);
        for denied in strictness(&alone) {
            assert!(now.contains(&denied), "{layers:?}");
        }
        assert!(with.decision.outcome >= alone.decision.outcome || alone.decision.outcome < Outcome::Deny, "{layers:?}");
    }
}

#[test]
fn what_is_locked_follows_no_threshold_and_no_freeze() {
    let locked = "override: any\nrules: {unpinned-action: {mode: enforce, override: none}}";
    let report = under(&[layer("organisation", locked), layer("protected", "rulesAsOf: 2020-01")]);
    assert_eq!(actions(&report), [Action::Deny, Action::Deny]);
    let kept = "override: any\nrules: {unpinned-action: {override: tighten}}";
    let report = under(&[layer("organisation", kept), layer("protected", "deny: {severity: critical}")]);
    assert_eq!(actions(&report), [Action::Deny, Action::Warn]);
}
