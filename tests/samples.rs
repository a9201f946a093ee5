//! Whole repositories over all platforms, and what the command says of them.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command::run;

const SAMPLES: [&str; 3] = ["sample-well-kept", "sample-ordinary", "sample-attacked"];

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").canonicalize().expect("the examples")
}

fn said(arguments: &[&str]) -> String {
    String::from_utf8(run(&examples(), arguments).stdout).expect("text")
}

fn report(sample: &str, more: &[&str]) -> Value {
    serde_json::from_str(&said(&[&["check", sample, "--format", "json"], more].concat())).expect("a report")
}

fn list<'r>(report: &'r Value, name: &str) -> &'r [Value] {
    report[name].as_array().map_or(&[], Vec::as_slice)
}

fn text<'r>(value: &'r Value, name: &str) -> &'r str {
    value[name].as_str().unwrap_or("")
}

/// What a report in JSON comes to: the decision, the state of each file, and a line for each verdict.
fn summary(report: &Value) -> String {
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").expect("a line");
    line(format!("{}: {}", text(&report["decision"], "outcome"), report["decision"]["reasons"]));
    for file in list(&report["coverage"], "files") {
        line(format!("{} {} {}", text(file, "state"), text(file, "path"), file["roles"]));
    }
    for verdict in list(report, "verdicts") {
        let at = usize::try_from(verdict["finding"].as_u64().unwrap_or(u64::MAX)).expect("an index");
        let (finding, place) = (&report["findings"][at], &report["findings"][at]["location"]);
        let (severity, confidence) = (text(finding, "severity"), text(finding, "confidence"));
        line(format!(
            "{} {severity}/{confidence} {} {}:{}",
            text(verdict, "action"),
            text(finding, "rule"),
            text(place, "path"),
            place["line"]
        ));
    }
    out
}

#[test]
fn samples_are_judged_as_shown() {
    for sample in SAMPLES {
        insta::assert_snapshot!(format!("{sample}.terminal"), said(&["check", sample]));
        insta::assert_snapshot!(format!("{sample}.json"), summary(&report(sample, &[])));
    }
}

#[test]
fn samples_are_repositories_over_all_platforms() {
    let roles = ["github-workflow", "github-action", "gitlab-pipeline", "gitlab-part", "kubernetes"];
    for sample in SAMPLES {
        let report = report(sample, &[]);
        let files = list(&report["coverage"], "files");
        let found: BTreeSet<&str> = files.iter().flat_map(|file| list(file, "roles")).filter_map(Value::as_str).collect();
        assert!(files.len() >= 10 && roles.iter().all(|role| found.contains(role)), "{sample}: {found:?}");
        for file in ["gatepost.yaml", "README.md", "chart/Chart.yaml", "chart/values.yaml", "chart/templates/deployment.yaml"] {
            assert!(examples().join(sample).join(file).is_file(), "{sample}/{file}");
        }
    }
}

#[test]
fn what_is_well_kept_is_silent_also_under_every_rule() {
    for pack in ["recommended", "strict", "owasp-cicd"] {
        assert_eq!(report("sample-well-kept", &["--pack", pack])["findings"], serde_json::json!([]), "{pack}");
    }
    let written = std::fs::read_to_string(examples().join("sample-well-kept/.github/workflows/gatepost.yml")).expect("a file");
    let template = include_str!("../host-runner/templates/github.yml");
    assert_eq!(written, template.replace("DEFAULT_BRANCH", "main"));
}

#[test]
fn what_is_ordinary_is_denied_for_little_and_what_is_attacked_in_every_part() {
    let denied = |sample: &str| -> Vec<(String, String)> {
        let report = report(sample, &[]);
        let denying = list(&report, "verdicts").iter().filter(|verdict| text(verdict, "action") == "deny");
        let found = denying.map(|verdict| &report["findings"][verdict["finding"].as_u64().unwrap_or(0) as usize]);
        found.map(|finding| (text(finding, "rule").to_owned(), text(&finding["location"], "path").to_owned())).collect()
    };
    assert_eq!(denied("sample-ordinary").len(), 2);
    let attacked = denied("sample-attacked");
    for rule in ["untrusted-checkout", "template-injection", "unpinned-include", "binding-to-anonymous", "privileged-container"] {
        assert!(attacked.iter().any(|(denied, _)| denied == rule), "{rule}");
    }
    let folders: BTreeSet<&str> = attacked.iter().filter_map(|(_, path)| path.split('/').nth(1)).collect();
    assert_eq!(folders, BTreeSet::from([".github", ".gitlab", ".gitlab-ci.yml", "chart", "deploy"]));
}
