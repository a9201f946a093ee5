//! What outputs make of what a policy does. The report is made up, so that each thing is there once.

use policy_core::report::Report;
use serde_json::{Value, json};

use super::terminal::{Detail, Links};
use super::{github, gitlab, junit, markdown, sarif, terminal};

const BARE: sarif::Around<'_> = sarif::Around { rules: "[]", revision: None, book: None };

fn location(path: &str, line: u32) -> Value {
    json!({"path": path, "span": {"start": 0, "end": 4}, "line": line, "column": 1, "endLine": line, "endColumn": 5,
        "snippet": {"line": line, "column": 1, "text": "text here"}})
}

/// A finding for each action, compared with what was before.
fn report() -> Report {
    let actions = ["deny", "warn", "ignored", "excepted", "baselined", "existing", "dryrun"];
    let finding = |what: &str, line: u32| {
        json!({"rule": "unpinned-action", "severity": "high", "confidence": "high", "fingerprint": format!("gp1:{what}"),
            "message": format!("found {what}"), "help": "mend it", "location": location("ci.yml", line), "label": "here"})
    };
    let findings: Vec<Value> = actions.iter().zip(1..).map(|(action, line)| finding(action, line)).collect();
    let verdicts = actions.iter().zip(0..).map(|(action, at): (_, u32)| {
        let mut verdict = json!({"finding": at, "subject": 0, "action": action, "age": if at == 0 { "new" } else { "existing" }});
        match *action {
            "ignored" => verdict["ignore"] = json!(0),
            "excepted" => verdict["exception"] = json!(0),
            _ => {}
        }
        verdict
    });
    let exception = |id: &str, state: &str, because: &str| {
        json!({"id": id, "layer": 0, "location": location("gatepost.yaml", 9), "rules": ["unpinned-action"], "reason": "mirrored",
            "owner": "team", "expires": "2027-01-31", "state": state, "because": because, "matches": 1})
    };
    let layer = json!({"path": "gatepost.yaml", "origin": "protected", "because": "assumed: it is that of `origin/HEAD`"});
    let policy = json!({
        "layers": [layer],
        "notGranted": [{"layer": 0, "what": "rule `a`: off", "location": location("gatepost.yaml", 3), "because": "it loosens"}],
        "exceptions": [exception("EX-1", "used", ""), exception("EX-2", "expired", "its time is over"),
            exception("EX-3", "unused", "nothing is found"), exception("EX-4", "too-broad", "30 findings")],
        "baselines": [{"path": "gatepost-baseline.json", "origin": "protected", "entries": 14, "used": 12, "gone": 2, "notGranted": 0}],
        "decideOn": "change",
    });
    let file =
        |path: &str, state: &str, why: Value| json!({"path": path, "origin": "unknown", "roles": [], "state": state, "why": why});
    let template = json!([{"code": "template", "message": "a template (Helm): render it and judge what comes out"}]);
    let report = json!({
        "report": 1, "tool": {"name": "gatepost", "version": "1.0.0", "rules": "sha256:0"}, "run": {},
        "decision": {"outcome": "deny", "reasons": ["1 finding denies"]}, "subjects": [],
        "ignores": [{"location": location("ci.yml", 3), "rules": [], "reason": "ours", "state": "granted", "because": ""}],
        "unknown": [{"rule": "unpinned-action", "location": location("ci.yml", 1), "lacking": "the called workflow"}],
        "rules": {"unpinned-action": {"title": "an action is not pinned"}},
        "findings": findings, "fixed": [finding("fixed", 20)], "verdicts": verdicts.collect::<Vec<_>>(), "policy": policy,
        "coverage": {"judged": 1, "partly": 0, "opaque": 1, "refused": 0,
            "files": [file("chart/templates/a.yaml", "opaque", template), file("ci.yml", "judged", json!([]))]},
    });
    serde_json::from_value(report).expect("a report")
}

fn plain(detail: Detail) -> String {
    anstream::adapter::strip_str(&terminal::render(&report(), detail, &Links::default())).to_string()
}

fn holds(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.contains(line), "{line}\n\n{text}");
    }
}

#[test]
fn the_terminal_counts_what_does_nothing_and_names_the_policy() {
    let shown = plain(Detail::Normal);
    holds(
        &shown,
        &[
            "error[unpinned-action]: found deny",
            "warning[unpinned-action]: found warn",
            "warning: rule `a`: off is not granted: it loosens\n --> gatepost.yaml:3:1",
            "warning: the exception EX-2 is not in force: its time is over\n --> gatepost.yaml:9:1",
            "warning: the exception EX-3 is not needed: nothing is found",
            "warning: the exception EX-4 is too broad: 30 findings",
            "denied: 1 finding denies\n1 new, 6 existing, 1 fixed\n",
            "5 findings do nothing: 1 ignored inline, 1 excepted, 1 in the baseline, 1 there before the change, 1 of rules on trial (`-v`",
            "policy: gatepost.yaml (protected ref; assumed: it is that of `origin/HEAD`)\n",
            "baseline: 12 of 14 findings still there; `gatepost baseline prune` takes out 2\n",
            "not known in 1 place, for lack of: the called workflow\n",
            " = help: `helm template chart | gatepost check -`",
        ],
    );
    assert!(!shown.contains("found ignored") && !shown.contains("EX-1"), "{shown}");
    let shown = plain(Detail::Verbose);
    holds(
        &shown,
        &[
            "ignored[unpinned-action]: found ignored",
            "= note: ignored because: ours",
            "= note: exception EX-1 of team, until 2027-01-31: mirrored",
            "dry run[unpinned-action]: found dryrun",
            "not known[unpinned-action]: the called workflow",
        ],
    );
    assert_eq!(plain(Detail::Quiet), "ci.yml:1:1: error[unpinned-action]: found deny\ndenied: 1 finding denies\n");
}

#[test]
fn places_are_linked_for_terminals_that_open_links() {
    let links = Links([("ci.yml".to_owned(), "file:///w/ci.yml".to_owned())].into());
    let shown = terminal::render(&report(), Detail::Normal, &links);
    assert!(shown.contains("\u{1b}]8;;file:///w/ci.yml\u{1b}\\ci.yml\u{1b}]8;;\u{1b}\\:1:1"), "{shown:?}");
    assert_eq!(anstream::adapter::strip_str(&shown).to_string(), plain(Detail::Normal));
}

#[test]
fn sarif_says_what_is_suppressed_and_what_is_new() {
    let log: Value = serde_json::from_str(&sarif::render(&report(), BARE).expect("a log")).expect("json");
    let results = log["runs"][0]["results"].as_array().expect("results");
    let of = |result: &Value| -> (String, String, String) {
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        (text(&result["level"]), text(&result["baselineState"]), text(&result["suppressions"][0]["kind"]))
    };
    let expected = [
        ("error", "new", ""),
        ("warning", "unchanged", ""),
        ("note", "unchanged", "inSource"),
        ("note", "unchanged", "external"),
        ("note", "unchanged", "external"),
        ("note", "unchanged", ""),
        ("note", "unchanged", ""),
        ("note", "absent", ""),
    ];
    let found: Vec<_> = results.iter().map(of).collect();
    assert_eq!(found, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    assert!(results.iter().all(|result| result["suppressions"].is_array()), "of all results or of none");
    let justification = &results[3]["suppressions"][0]["justification"];
    assert_eq!(justification, "exception EX-1 of team, until 2027-01-31: mirrored");
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["toolConfigurationNotifications"].as_array().map(Vec::len), Some(4));
    let executed = invocation["toolExecutionNotifications"].as_array().expect("notifications");
    let ids: Vec<&str> = executed.iter().filter_map(|one| one["descriptor"]["id"].as_str()).collect();
    assert_eq!(ids, ["coverage/template", "coverage/unknown"]);
    assert_eq!(executed[1]["associatedRule"]["id"], "unpinned-action");
}

#[test]
fn a_run_without_a_comparison_says_nothing_of_one() {
    let mut report = report();
    report.fixed.clear();
    report.policy = None;
    report.verdicts.iter_mut().for_each(|verdict| verdict.age = None);
    let log = sarif::render(&report, BARE).expect("a log");
    assert!(!log.contains("baselineState"), "{log}");
    let shown = anstream::adapter::strip_str(&terminal::render(&report, Detail::Normal, &Links::default())).to_string();
    assert!(!shown.contains(" fixed") && !shown.contains("policy:"), "{shown}");
}

#[test]
fn other_forms_leave_out_or_skip_what_was_let_pass() {
    let report = report();
    let found: Value = serde_json::from_str(&gitlab::render(&report).expect("a report")).expect("json");
    let found: Vec<&str> = found.as_array().expect("a list").iter().filter_map(|entry| entry["fingerprint"].as_str()).collect();
    assert_eq!(found.get(..3), Some(&["gp1:deny", "gp1:warn", "gp1:existing"][..]));
    let shown = github::render(&report, false);
    assert_eq!(shown.lines().filter(|line| line.contains("title=unpinned-action")).count(), 2, "{shown}");
    let shown = junit::render(&report);
    holds(
        &shown,
        &["tests=\"9\" failures=\"2\" errors=\"0\"", "policy: gatepost.yaml", "baseline: 12 of 14", "(its rule is on trial)"],
    );
    assert_eq!(shown.matches("<skipped").count(), 6, "{shown}");
    holds(
        &markdown::render(&report),
        &[
            "- layer `gatepost.yaml` (protected ref; assumed: it is that of `origin/HEAD`)",
            "- baseline `gatepost-baseline.json`: 12 of 14 findings still there; `gatepost baseline prune` takes out 2",
            "- exception `EX-1` of `team`, until `2027-01-31`: 1 finding",
            "- the exception `EX-2` is not in force: its time is over (`gatepost.yaml:9`)",
            "- 1 new, 6 existing, 1 fixed",
            "- not judged: `chart/templates/a.yaml`: a template (Helm): render it and judge what comes out (`helm template chart | gatepost check -`)",
        ],
    );
}

#[test]
fn what_repeats_has_a_fingerprint_of_its_own() {
    let mut report = report();
    report.findings[1].fingerprint = "gp1:deny".to_owned();
    let found: Value = serde_json::from_str(&gitlab::render(&report).expect("a report")).expect("json");
    assert_eq!((&found[0]["fingerprint"], &found[1]["fingerprint"]), (&json!("gp1:deny"), &json!("gp1:deny#2")));
}
