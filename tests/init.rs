//! `gatepost init`, and the schema of the policy that it writes.

use std::path::Path;
use std::process::Command;

use policy_core::document::{Dialect, Document, Kind, Ref, Style};
use policy_core::source::{Origin, Source};
use serde_json::{Map, Value, json};

use crate::command::{run, scratch, write};

fn json_of(node: Ref<'_>) -> Value {
    let scalar = |text: &str| {
        let plain = node.style() == Style::Plain && !text.starts_with('"');
        let read = plain.then(|| serde_json::from_str(text).ok()).flatten();
        read.unwrap_or_else(|| json!(text))
    };
    match node.kind() {
        Kind::Mapping => {
            let entries = node.entries().map(|(key, value)| (key.text().unwrap_or("").to_owned(), json_of(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Kind::Sequence => node.items().map(json_of).collect(),
        _ => scalar(node.text().unwrap_or("")),
    }
}

/// What is wrong with a policy by the schema.
fn wrong(text: &str) -> Vec<String> {
    let source = Source::new("gatepost.yaml", text.as_bytes(), Origin::Protected);
    let document = Document::read(&source, Dialect::GITHUB);
    assert!(document.problems().is_empty(), "{text}");
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/policy-1.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(schema).expect("a schema")).expect("json");
    let schema = jsonschema::validator_for(&schema).expect("a valid schema");
    let policy = json_of(document.root().expect("a document"));
    schema.iter_errors(&policy).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

const WHOLE: &str = r#"
version: 1
extends: [recommended]
deny: {severity: high, confidence: high}
rules:
  unpinned-action: enforce
  unpinned-image: {mode: enforce, severity: medium, confidence: high, override: none}
minCoverage: 0.9
rulesAsOf: 2026-11
decideOn: change
options: {kubernetesVersion: "1.33"}
override: tighten
exceptionPolicy: {maxMatches: 25, maxLifetime: 90d}
exceptions:
  - id: EX-1
    rules: [unpinned-action]
    path: .github/workflows/release.yml
    object: job build
    fingerprint: "gp1:abc"
    reason: mirrored action, pinned by the mirror
    owner: team-platform
    expires: 2027-01-31
"#;

#[test]
fn the_schema_holds_a_policy_and_refuses_others() {
    assert_eq!(wrong(WHOLE), [""; 0]);
    for (right, other) in [
        ("version: 1", "version: 2"),
        ("[recommended]", "[recommendet]"),
        ("unpinned-action: enforce", "unpinned-action: deny"),
        ("unpinned-action: enforce", "unpinned_action: enforce"),
        ("minCoverage: 0.9", "minCoverage: 90"),
        ("rulesAsOf: 2026-11", "rulesAsOf: 2026-13"),
        ("decideOn: change", "decidesOn: change"),
        ("\"1.33\"", "1.33"),
        ("    owner: team-platform\n", ""),
        ("2027-01-31", "soon"),
        ("override: tighten", "override: loosen"),
    ] {
        assert!(WHOLE.contains(right) && !wrong(&WHOLE.replacen(right, other, 1)).is_empty(), "{other}");
    }
}

#[test]
fn the_schema_names_the_packs_that_there_are() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/policy-1.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(schema).expect("a schema")).expect("json");
    let packs: Vec<&str> = policies::PACKS.iter().map(|pack| pack.id).collect();
    assert_eq!(schema["$defs"]["pack"]["enum"], json!(packs));
}

fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap_or_default()
}

/// The settings that are commented out are those with no space behind `#`.
fn in_full(policy: &str) -> String {
    let setting = |line: &str| {
        let settings = line.strip_prefix('#').filter(|rest| !rest.starts_with(' ') || rest.starts_with("  "));
        settings.unwrap_or(line).to_owned()
    };
    policy.lines().map(setting).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_written_is_valid_and_passes_every_rule() {
    for (name, ci) in [("github", ".github/workflows/gatepost.yml"), ("gitlab", ".gitlab-ci.yml")] {
        let folder = scratch(&format!("init-{name}"));
        let shown = said(&folder, &["init", ".", "--ci", name, "--dry-run"]);
        assert!(shown.contains("would write gatepost.yaml:") && !folder.join("gatepost.yaml").exists(), "{shown}");
        said(&folder, &["init", ".", "--ci", name]);
        let policy = read(&folder, "gatepost.yaml");
        assert_eq!(wrong(&policy), [""; 0]);
        let full = in_full(&policy);
        assert_eq!(wrong(&full), [""; 0]);
        for key in ["deny", "rules", "minCoverage", "rulesAsOf", "decideOn", "options", "override", "exceptionPolicy", "exceptions"]
        {
            assert!(full.contains(&format!("\n{key}:")) && !policy.contains(&format!("\n{key}:")), "{key}");
        }
        let report: Value =
            serde_json::from_str(&said(&folder, &["check", ci, "--pack", "strict", "--format", "json"])).expect("a report");
        assert_eq!(report["findings"], json!([]));
        assert_eq!(report["decision"]["outcome"], "allow");
        // A second time there is nothing left to do.
        assert_eq!(said(&folder, &["init", "."]).matches("has it already").count(), 2);
    }
}

#[test]
fn a_repository_is_taken_for_what_it_is() {
    let folder = scratch("init-found");
    let config = "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = ssh://git@gitlab.example.org:22/a/b.git\n";
    write(&folder, ".git/config", config);
    write(&folder, ".git/HEAD", "ref: refs/heads/some-work\n");
    write(&folder, ".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/trunk\n");
    write(&folder, ".github/workflows/a.yml", "on: push\njobs: {}\n");
    write(&folder, "deploy/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n");
    let shown = said(&folder, &["init"]);
    assert!(shown.starts_with("found 1 file of GitHub, 1 file of Kubernetes; the default branch is trunk\n"), "{shown}");
    assert!(shown.contains("gatepost check ") && shown.contains("gatepost baseline create"), "{shown}");
    assert!(read(&folder, ".github/workflows/gatepost.yml").contains("branches: [trunk]"));
    assert!(read(&folder, ".gitlab-ci.yml").contains("gatepost check"));
}

#[test]
fn what_a_branch_is_called_cannot_add_to_a_workflow() {
    let folder = scratch("init-branch");
    write(&folder, ".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/x]\non: [pull_request_target\n");
    said(&folder, &["init", "--ci", "github"]);
    assert!(read(&folder, ".github/workflows/gatepost.yml").contains("branches: [main]"));
}

#[test]
fn nothing_is_overwritten_and_no_link_is_followed_out_of_the_repository() {
    let folder = scratch("init-there");
    write(&folder, ".github/gatepost.yaml", "version: 1\n");
    write(&folder, ".gitlab-ci.yml", "a:\n  script: make\n");
    let shown = said(&folder, &["init", "."]);
    assert!(shown.contains("left .github/gatepost.yaml as it is") && !folder.join("gatepost.yaml").exists(), "{shown}");
    assert!(shown.contains("left .gitlab-ci.yml as it is; add this to it:\n\n# Asks Gatepost"), "{shown}");
    assert_eq!(read(&folder, ".gitlab-ci.yml"), "a:\n  script: make\n");
    assert_eq!(read(&folder, ".github/gatepost.yaml"), "version: 1\n");

    let (folder, outside) = (scratch("init-link"), scratch("init-outside"));
    let linked = Command::new("ln").args(["-s"]).arg(&outside).arg(folder.join(".github")).status();
    if !linked.is_ok_and(|status| status.success()) {
        eprintln!("skipped: links cannot be made here");
        return;
    }
    let output = run(&folder, &["init", ".", "--ci", "github"]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(std::fs::read_dir(&outside).expect("a folder").count(), 0);
}
