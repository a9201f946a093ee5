//! Modules of third parties: what they find is said under their name, and whatever they do, they take nothing away.

use std::path::Path;
use std::process::Stdio;

use policy_core::api::Operation;
use policy_core::report::{Action, Age, Outcome, Report};
use policy_core::text::hex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::changes::{commit, git, judged, output, pull_request, repository};
use crate::command::{command, write};
use crate::support::{file, native, request};

const PATH: &str = ".github/workflows/ci.yml";
const WORKFLOW: &str = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    steps:\n      - uses: some-org/some-action@v1\n";

/// A finding as plugins write it, over the words `on: push` of a workflow.
fn found(rule: &str, severity: &str) -> Value {
    let location = json!({"path": PATH, "span": {"start": 0, "end": 8}});
    json!({"rule": rule, "severity": severity, "confidence": "high", "message": format!("{rule} it is"), "help": "mend it", "location": location})
}

/// A module whose functions are these; the answer lies in its memory from 4096 on.
fn module(answer: &str, alloc: &str, call: &str, more: &str) -> Vec<u8> {
    let data: String = answer.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let text = format!(
        "(module {more} (memory (export \"memory\") 64) (data (i32.const 4096) \"{data}\")
          (func (export \"gp_abi_version\") (result i32) i32.const 1)
          (func (export \"gp_alloc\") (param i32) (result i32) {alloc})
          (func (export \"gp_free\") (param i32 i32))
          (func $call (export \"gp_call\") (param i32 i32 i32) (result i64) {call}))"
    );
    wat::parse_str(text).expect("a module")
}

const ALLOC: &str = "i32.const 1048576";

/// A module that always answers the same.
fn answering(answer: &Value) -> Vec<u8> {
    let answer = answer.to_string();
    module(&answer, ALLOC, &format!("i64.const {}", (4096_u64 << 32) | answer.len() as u64), "")
}

fn finding(rule: &str, severity: &str) -> Vec<u8> {
    answering(&json!({"ok": {"findings": [found(rule, severity)]}}))
}

fn digest(module: &[u8]) -> String {
    hex(&Sha256::digest(module))
}

/// Writes a module, and gives what the command line has to say to run it.
fn put(folder: &Path, file: &str, module: &[u8]) -> String {
    std::fs::create_dir_all(folder.join(file).parent().expect("a folder")).expect("a folder");
    std::fs::write(folder.join(file), module).expect("a module");
    format!("{file}@sha256:{}", digest(module))
}

fn cache(folder: &Path) -> Vec<(&'static str, String)> {
    vec![("GATEPOST_CACHE", folder.join(".git/cache").display().to_string())]
}

fn action_of(report: &Report, rule: &str) -> Option<Action> {
    let verdict = |at: usize| report.verdicts.iter().find(|verdict| verdict.finding as usize == at);
    let at = report.findings.iter().position(|finding| finding.rule == rule)?;
    verdict(at).map(|verdict| verdict.action)
}

#[test]
fn what_a_plugin_finds_is_said_under_its_name_and_decided_by_the_policy() {
    let folder = repository("plugin", &[(PATH, WORKFLOW)]);
    let cache = cache(&folder);
    let plugin = put(&folder, "no-push.wasm", &finding("on-push", "high"));
    let report = judged(&folder, &["--plugin", &plugin], &cache);
    let finding = report.findings.iter().find(|finding| finding.rule == "no-push/on-push").expect("the finding");
    assert_eq!((finding.message.as_str(), finding.location.line, finding.location.end_column), ("on-push it is", 1, 9));
    assert_eq!(finding.location.snippet.text, "on: push");
    assert_eq!(action_of(&report, "no-push/on-push"), Some(Action::Deny));
    assert_eq!(report.plugins[0].failed, None);
    // Below the thresholds of the policy it warns, and by its own name it is called otherwise.
    let low = put(&folder, "low.wasm", &self::finding("on-push", "low"));
    let report = judged(&folder, &["--only", "unpinned-tool", "--plugin", &format!("acme={low}")], &cache);
    assert_eq!((action_of(&report, "acme/on-push"), report.decision.outcome), (Some(Action::Warn), Outcome::Warn));
    // Only of rules that are built in there is more to say.
    let shown = output(&folder, &["check", "--only", "unpinned-tool", "--plugin", &format!("acme={low}")], &cache);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("acme/on-push") && !shown.contains("gatepost explain"), "{shown}");
    // In batches and at once it is the same.
    for more in [&["--threads", "1"][..], &["--threads", "2", "--batch-bytes", "1"]] {
        let again = judged(&folder, &[&["--only", "unpinned-tool", "--plugin", &format!("acme={low}")], more].concat(), &cache);
        assert_eq!(serde_json::to_value(&again).expect("json"), serde_json::to_value(&report).expect("json"), "{more:?}");
    }
    // An ignore that stands where it may speaks of plugins too.
    write(&folder, PATH, &WORKFLOW.replacen('\n', " # gatepost: ignore[no-push/on-push] we want it\n", 1));
    let report = judged(&folder, &["--plugin", &plugin, "--origin", "protected"], &cache);
    assert_eq!(action_of(&report, "no-push/on-push"), Some(Action::Ignored));
    let report = judged(&folder, &["--plugin", &plugin, "--origin", "change"], &cache);
    assert_eq!(action_of(&report, "no-push/on-push"), Some(Action::Deny));
}

#[test]
fn a_policy_asks_for_plugins_and_a_change_cannot_take_them_away() {
    let module = finding("on-push", "high");
    let policy = |digest: &str, more: &str| {
        format!(
            "version: 1\nrules: {{unpinned-action: off}}\nplugins:\n  - {{name: acme, path: policies/acme.wasm, sha256: {digest}{more}}}\n"
        )
    };
    let folder = repository("plugin-policy", &[("gatepost.yaml", &policy(&digest(&module), "")), (PATH, WORKFLOW)]);
    git(&folder, &["checkout", "-q", "main"]);
    put(&folder, "policies/acme.wasm", &module);
    commit(&folder);
    git(&folder, &["checkout", "-q", "-B", "change"]);
    let mut told = pull_request(&folder);
    told.extend(cache(&folder));
    assert_eq!(action_of(&judged(&folder, &[], &told), "acme/on-push"), Some(Action::Deny));
    let silent = answering(&json!({"ok": {"findings": []}}));
    let attacks: [&dyn Fn(); 5] = [
        &|| write(&folder, "gatepost.yaml", "version: 1\n"),
        &|| drop(std::fs::remove_file(folder.join("gatepost.yaml"))),
        &|| drop(put(&folder, "policies/acme.wasm", &silent)),
        &|| {
            put(&folder, "policies/acme.wasm", &silent);
            write(&folder, "gatepost.yaml", &policy(&digest(&silent), ""));
        },
        &|| write(&folder, "gatepost.yaml", &policy(&digest(&module), ", mode: dryRun")),
    ];
    for (number, attack) in attacks.iter().enumerate() {
        attack();
        commit(&folder);
        let report = judged(&folder, &[], &pull_request_of(&folder));
        assert_eq!((action_of(&report, "acme/on-push"), report.decision.outcome), (Some(Action::Deny), Outcome::Deny), "{number}");
        git(&folder, &["reset", "-q", "--hard", "main"]);
    }
    // What the command line asks for is no policy's to say, and a module that a change brings is not run at all.
    let asked = put(&folder, "policies/acme.wasm", &module);
    write(&folder, "gatepost.yaml", &policy(&digest(&module), ", mode: dryRun"));
    for origin in ["change", "protected"] {
        let report = judged(&folder, &["--plugin", &asked, "--origin", origin], &cache(&folder));
        assert_eq!((action_of(&report, "acme/on-push"), report.decision.outcome), (Some(Action::Deny), Outcome::Deny), "{origin}");
    }
    let report = judged(&folder, &["--origin", "change"], &cache(&folder));
    let refused = &report.policy.as_ref().expect("a policy").not_granted;
    assert!(report.plugins.is_empty() && refused.iter().any(|refused| refused.what == "the plugin `acme`"), "{refused:?}");
    // A policy names no file that lies elsewhere.
    for path in ["/etc/passwd", "../gatepost.yaml", "policies/../../x"] {
        let text = format!("version: 1\nplugins:\n  - {{name: acme, path: {path}, sha256: {}}}\n", digest(&module));
        write(&folder, "gatepost.yaml", &text);
        let report = judged(&folder, &["--origin", "protected"], &cache(&folder));
        let failed = report.plugins[0].failed.clone().unwrap_or_default();
        assert!(failed.contains("leads out of the folder") && !failed.contains("sha256:"), "{path}: {failed}");
    }
    git(&folder, &["reset", "-q", "--hard", "main"]);
    // Who may write the policy may also try one out, except it, and list what it finds.
    git(&folder, &["checkout", "-q", "main"]);
    let action = |text: &str| {
        write(&folder, "gatepost.yaml", text);
        action_of(&judged(&folder, &["--origin", "protected"], &cache(&folder)), "acme/on-push")
    };
    assert_eq!(action(&policy(&digest(&module), ", mode: dryRun")), Some(Action::DryRun));
    assert_eq!(action(&policy(&digest(&module), ", mode: warn")), Some(Action::Warn));
    let exception = "exceptions: [{id: E, rules: acme/on-push, path: '**', reason: r, owner: o, expires: 2999-01-01}]\n";
    assert_eq!(action(&(policy(&digest(&module), "") + exception)), Some(Action::Excepted));
    assert_eq!(action(&(policy(&digest(&module), ", override: none") + exception)), Some(Action::Deny));
    write(&folder, "gatepost.yaml", &policy(&digest(&module), ""));
    assert!(output(&folder, &["baseline", "create"], &cache(&folder)).status.success());
    let report = judged(&folder, &["--origin", "protected"], &cache(&folder));
    assert_eq!(action_of(&report, "acme/on-push"), Some(Action::Baselined));
    let report = judged(&folder, &["--origin", "protected", "--no-baseline", "--diff-base", "HEAD"], &cache(&folder));
    assert_eq!(report.verdicts.iter().map(|verdict| verdict.age).collect::<Vec<_>>(), [Some(Age::Existing)]);
}

fn pull_request_of(folder: &Path) -> Vec<(&'static str, String)> {
    let mut told = pull_request(folder);
    told.extend(cache(folder));
    told
}

#[test]
fn wrong_plugins_of_a_policy_are_shown_at_their_lines() {
    let folder = repository("plugin-lint", &[(PATH, WORKFLOW)]);
    for (written, said) in [
        ("plugins: {}", "`plugins` is a list"),
        ("plugins: [{name: a, path: b}]", "a plugin has a `sha256`"),
        ("plugins: [{name: A b, path: b, sha256: x}]", "a plugin has a `name`"),
        ("plugins: [{nam: a}]", "did you mean `name`?"),
        ("plugins: [{name: a, path: b, sha256: x, mode: off}]", "this is one of `dryRun`"),
        ("plugins: [{name: a, path: b, sha256: x, override: any}]", "this is one of `none`"),
    ] {
        write(&folder, "gatepost.yaml", &format!("version: 1\n{written}\n"));
        let output = output(&folder, &["policy", "lint"], &[]);
        let shown = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(2) && shown.contains("gatepost.yaml:2:") && shown.contains(said),
            "{written}: {shown}"
        );
    }
}

/// What a plugin does, its module, and what is said of it.
fn hostile() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let plain = |call: &str| module("", ALLOC, call, "");
    let lying = |at: u64, length: u64| plain(&format!("i64.const {}", ((at << 32) | length).cast_signed()));
    let nonsense = |answer: Value| answering(&answer);
    let elsewhere = |path: &str, end: u32| {
        let mut one = found("r", "high");
        one["location"] = json!({"path": path, "span": {"start": 0, "end": end}});
        answering(&json!({"ok": {"findings": [one]}}))
    };
    vec![
        ("loops", plain("(loop $l br $l) unreachable"), "million steps"),
        ("grows", plain("(loop $l (drop (memory.grow (i32.const 1024))) br $l) unreachable"), "MiB of memory, and may have 256"),
        ("grows at once", plain("(drop (memory.grow (i32.const 65472))) i64.const 0"), "it asked for 4096 MiB"),
        ("begins large", wat::parse_str("(module (memory (export \"memory\") 65536))").expect("a module"), "MiB of memory"),
        ("traps", plain("unreachable"), "it trapped"),
        ("recurses", plain("(call $call (local.get 0) (local.get 1) (local.get 2))"), "too deep"),
        (
            "imports WASI",
            module(
                "",
                ALLOC,
                "i64.const 0",
                "(import \"wasi_snapshot_preview1\" \"fd_write\" (func (param i32 i32 i32 i32) (result i32)))",
            ),
            "it imports wasi_snapshot_preview1.fd_write",
        ),
        (
            "speaks another version",
            wat::parse_str(
                "(module (memory (export \"memory\") 1) (func (export \"gp_abi_version\") (result i32) i32.const 2)
                  (func (export \"gp_alloc\") (param i32) (result i32) i32.const 8) (func (export \"gp_free\") (param i32 i32))
                  (func (export \"gp_call\") (param i32 i32 i32) (result i64) i64.const 0))",
            )
            .expect("a module"),
            "it speaks version 2",
        ),
        ("exports nothing", wat::parse_str("(module)").expect("a module"), "it does not export `gp_abi_version`"),
        ("loops at its start", wat::parse_str("(module (func $f (loop $l br $l)) (start $f))").expect("a module"), "million steps"),
        ("is no module", b"MZ\x90\x00".to_vec(), "cannot be compiled"),
        (
            "answers no JSON",
            module("{\"ok\":", ALLOC, &format!("i64.const {}", (4096_u64 << 32) | 6), ""),
            "not what the interface asks for",
        ),
        ("answers nothing", nonsense(json!({})), "neither a report nor an error"),
        ("needs files", nonsense(json!({"need": [{"root": "a", "paths": ["b"]}]})), "asks for more files"),
        (
            "answers twice",
            nonsense(json!({"ok": {"findings": []}, "error": {"code": "internal", "message": "not looked at"}})),
            "it says: not looked at",
        ),
        (
            "judges in part",
            nonsense(json!({"ok": {"findings": [], "coverage": {"files": [{"path": PATH, "why": [
            {"code": "too-complex", "message": "too much"}]}]}}})),
            "only in part: too much",
        ),
        ("finds too much in one file", nonsense(json!({"ok": {"findings": vec![found("r", "low"); 1001]}})), "of one file"),
        ("grows by nothing", plain("(loop $l (drop (memory.grow (i32.const 0))) br $l) unreachable"), "million steps"),
        ("says an error", nonsense(json!({"error": {"code": "internal", "message": "out of ideas"}})), "it says: out of ideas"),
        ("answers 500 MB", lying(4096, 500_000_000), "more than the 16 MiB"),
        ("answers beside its memory", lying(4_000_000, 1_000_000), "outside of its memory"),
        ("answers at the end of the world", lying(u64::from(u32::MAX), 100), "outside of its memory"),
        (
            "gives memory that it has not",
            module("", "i32.const -16", "i64.const 0", ""),
            "memory for the files that it does not have",
        ),
        ("gives no memory", module("", "i32.const 0", "i64.const 0", ""), "no memory for the files"),
        ("names another file", elsewhere("/etc/passwd", 1), "a file that it was not given"),
        ("names no place", elsewhere(PATH, 1_000_000), "names a place"),
        ("names no rule", nonsense(json!({"ok": {"findings": [found("\u{1b}[2J", "high")]}})), "names a rule not of"),
    ]
}

#[test]
fn a_hostile_plugin_denies_and_is_named_and_the_rest_is_still_shown() {
    let folder = repository("plugin-hostile", &[(PATH, WORKFLOW)]);
    let cache = cache(&folder);
    for (does, module, said) in hostile() {
        let plugin = put(&folder, "acme.wasm", &module);
        let output = output(&folder, &["check", "--format", "json", "--plugin", &plugin], &cache);
        assert_eq!(output.status.code(), Some(1), "{does}");
        let report: Report = serde_json::from_slice(&output.stdout).expect("a report");
        let failed = report.plugins[0].failed.as_deref().unwrap_or_default();
        assert!(failed.contains(said), "{does}: {failed}");
        assert!(report.decision.reasons.iter().any(|reason| reason.starts_with("the plugin acme failed: ")), "{does}");
        assert!(report.findings.iter().any(|finding| finding.rule == "unpinned-action"), "{does}");
    }
    // The shown report names it too.
    let plugin = put(&folder, "acme.wasm", &hostile()[4].1);
    for format in ["terminal", "markdown", "github", "junit", "sarif", "gitlab"] {
        let output = output(&folder, &["check", "--format", format, "--plugin", &plugin], &cache);
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(shown.to_lowercase().contains("the plugin acme failed"), "{format}: {shown}");
    }
    // Where platforms look for what went wrong with a tool, as well.
    let shown = |format: &str| output(&folder, &["check", "--format", format, "--plugin", &plugin], &cache).stdout;
    let sarif: Value = serde_json::from_slice(&shown("sarif")).expect("json");
    assert_eq!(sarif.pointer("/runs/0/invocations/0/executionSuccessful"), Some(&json!(false)));
    let said = sarif.pointer("/runs/0/invocations/0/toolExecutionNotifications/0/descriptor/id");
    assert_eq!(said, Some(&json!("plugin/acme")));
    assert!(String::from_utf8_lossy(&shown("github")).contains(",title=plugin acme::the plugin acme failed: it trapped"));
    for wrong in [format!("acme.wasm@sha256:{}", "0".repeat(64)), format!("nowhere.wasm@sha256:{}", "0".repeat(64))] {
        let report = judged(&folder, &["--plugin", &wrong], &cache);
        assert_eq!(report.decision.outcome, Outcome::Deny);
        assert!(
            report.plugins[0].failed.as_ref().is_some_and(|said| said.contains("has the digest") || said.contains("is not there"))
        );
    }
    assert_eq!(output(&folder, &["check", "--plugin", "acme.wasm"], &cache).status.code(), Some(2));
}

#[test]
fn a_plugin_grants_loosens_and_suppresses_nothing() {
    let folder = repository("plugin-generous", &[(PATH, WORKFLOW)]);
    let plain = judged(&folder, &[], &cache(&folder));
    let generous = json!({"ok": {"decision": {"outcome": "allow", "reasons": []}, "findings": [], "verdicts": [],
        "ignores": [{"state": "granted"}], "policy": {"layers": []}, "coverage": {"judged": 9, "files": []}}, "error": null});
    let plugin = put(&folder, "acme.wasm", &answering(&generous));
    let with = judged(&folder, &["--plugin", &plugin], &cache(&folder));
    assert_eq!(with.plugins.len(), 1);
    let without = |report: &Report| {
        let mut value = serde_json::to_value(report).expect("json");
        value.as_object_mut().expect("an object").remove("plugins");
        value["subjects"][0]["gates"].as_array_mut().expect("gates").retain(|gate| gate["gate"] != "plugins");
        value
    };
    assert_eq!(without(&with), without(&plain));
    // What it says is cleaned like all text, and hides no rule of ours.
    let mut loud = found("r", "high");
    loud["message"] = json!("red \u{1b}[31m\n::error::x");
    let plugin = put(&folder, "acme.wasm", &answering(&json!({"ok": {"findings": [loud]}})));
    let report = judged(&folder, &["--plugin", &plugin], &cache(&folder));
    let said = &report.findings.iter().find(|finding| finding.rule == "acme/r").expect("the finding").message;
    assert!(!said.contains('\u{1b}') && !said.contains('\n'), "{said:?}");
    assert!(report.findings.iter().any(|finding| finding.rule == "unpinned-action"));
}

#[test]
fn a_plugin_is_given_what_judged_files_include() {
    let part = "ci/part.txt.yml";
    let files = [(".gitlab-ci.yml", "include: ci/part.txt.yml\n"), (part, "build:\n  script: make\n")];
    let folder = repository("plugin-include", &files);
    let one = json!({"rule": "r", "severity": "high", "message": "m", "location": {"path": part, "span": {"start": 0, "end": 5}}});
    let plugin = put(&folder, "acme.wasm", &answering(&json!({"ok": {"findings": [one]}})));
    let at_once = judged(&folder, &["--plugin", &plugin, "--threads", "1"], &cache(&folder));
    assert_eq!(at_once.plugins[0].failed, None);
    assert_eq!(action_of(&at_once, "acme/r"), Some(Action::Deny));
    let found: Vec<_> = at_once.findings.iter().filter(|finding| finding.rule == "acme/r").collect();
    assert_eq!((found.len(), found[0].location.snippet.text.as_str()), (1, "build:"));
    let batches = judged(&folder, &["--plugin", &plugin, "--threads", "2", "--batch-bytes", "1"], &cache(&folder));
    assert_eq!(serde_json::to_value(&batches).expect("json"), serde_json::to_value(&at_once).expect("json"));
    // The module of our own kind sees it too, as rules do.
    let given = judged(&folder, &["--plugin", &plugin, &folder.join(part).display().to_string()], &cache(&folder));
    assert_eq!(given.findings.iter().filter(|finding| finding.rule == "acme/r").count(), 1);
}

#[test]
fn what_a_plugin_repeats_of_a_secret_is_masked() {
    let value = ["hunter", "2", "hunter"].concat();
    let coded = ["aHVudGVyMmh1", "bnRlcg=="].concat();
    let manifest = |data: &str, more: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\n{data}:\n  db: {}\n{more}",
            if data == "data" { &coded } else { &value }
        )
    };
    let path = "k8s/secret.yaml";
    let texts = [
        manifest("stringData", ""),
        manifest("data", ""),
        manifest("stringData", "{{- if .Values.x }}\n  b: c\n{{- end }}\n"),
        manifest("stringData", "a: [\n"),
    ];
    for text in texts {
        let folder = repository("plugin-secret", &[(path, &text)]);
        let at = text.find("  db: ").expect("a place");
        let mut one = found("r", "high");
        one["location"] = json!({"path": path, "span": {"start": at, "end": at + 10}});
        for name in ["message", "help", "object"] {
            one[name] = json!(format!("the value {value} is short"));
        }
        let plugin = put(&folder, "acme.wasm", &answering(&json!({"ok": {"findings": [one]}})));
        let report = judged(&folder, &["--plugin", &plugin], &cache(&folder));
        assert!(report.findings.iter().any(|finding| finding.rule == "acme/r"), "{text}");
        let shown = serde_json::to_string(&report).expect("json");
        assert!(!shown.contains(&value) && !shown.contains(&coded), "{text}");
    }
}

#[test]
fn code_in_a_checkout_is_not_run() {
    let folder = repository("plugin-cache-in-checkout", &[(PATH, WORKFLOW)]);
    let plugin = put(&folder, "acme.wasm", &finding("on-push", "high"));
    let inside = vec![("GATEPOST_CACHE", folder.join("kept").display().to_string())];
    let output = output(&folder, &["check", "--plugin", &plugin], &inside);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("it lies in a repository") || cfg!(not(unix)), "{said}");
    assert!(std::fs::read_dir(folder.join("kept/plugins")).is_ok_and(|mut kept| kept.next().is_none()) || cfg!(not(unix)));
}

#[test]
fn the_key_of_a_file_holds_what_plugins_found_in_it_alone() {
    let keys = |findings: &[Value]| -> Vec<String> {
        let plugins = json!([{"name": "acme", "sha256": "0".repeat(64), "findings": findings}]);
        let more = json!({"head": {"plugins": plugins}, "options": {"printKey": "00".repeat(16)}});
        let asked = request(&[file(PATH, WORKFLOW), file(".github/workflows/other.yml", WORKFLOW)], &more);
        let answer: Value = serde_json::from_slice(&native(Operation::Inspect, &asked)).expect("json");
        let partials = answer["ok"]["partials"].as_array().expect("partials").iter();
        partials.map(|partial| partial["key"].as_str().expect("a key").to_owned()).collect()
    };
    let found =
        json!({"rule": "r", "severity": "low", "confidence": "low", "message": "m", "path": PATH, "span": {"start": 0, "end": 1}});
    let (without, with) = (keys(&[]), keys(&[found]));
    assert!(without[0] != with[0] && without[1] == with[1], "{without:?} {with:?}");
}

#[test]
fn ten_that_start_at_once_leave_one_good_entry_in_an_empty_cache() {
    let folder = repository("plugin-cache", &[(PATH, WORKFLOW)]);
    let (plugin, home) = (put(&folder, "acme.wasm", &finding("on-push", "high")), outside());
    let run = || {
        let mut one = command(&folder);
        one.args(["check", "--format", "json", "--plugin", &plugin]).env("GATEPOST_CACHE", &home);
        one.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command")
    };
    let entries = || -> Vec<_> {
        std::fs::read_dir(home.join("plugins")).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
    };
    let sound = |child: std::process::Child| {
        let output = child.wait_with_output().expect("an end");
        let report: Report = serde_json::from_slice(&output.stdout).expect("a report");
        assert_eq!(report.plugins[0].failed, None);
        assert_eq!(action_of(&report, "acme/on-push"), Some(Action::Deny));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let all: Vec<_> = (0..10).map(|_| run()).collect();
    assert!(all.into_iter().map(sound).all(|said| said.is_empty()));
    let [entry] = &entries()[..] else { panic!("{:?}", entries()) };
    let good = std::fs::read(entry).expect("an entry");
    // What is no code any more is made anew, and what lies there for long is taken away then.
    let left = home.join("plugins/killed.part");
    std::fs::write(&left, "").expect("written");
    let opened = std::fs::File::options().write(true).open(&left).expect("a file");
    opened.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(100 * 24 * 60 * 60)).expect("set");
    for broken in [&b""[..], &good[..100], &[&good[..40], &[0xFF; 8], &good[48..]].concat()] {
        std::fs::write(entry, broken).expect("written");
        assert_eq!(sound(run()), "");
        assert_eq!(std::fs::read(entry).expect("an entry").len(), good.len());
    }
    assert!(!left.exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let allow = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
        // Others may have written it: it is not taken, and replaced.
        std::fs::write(entry, [&good[..DIGEST], b"not what the digest says"].concat()).expect("written");
        allow(entry, 0o666);
        assert_eq!(sound(run()), "");
        allow(&home.join("plugins"), 0o777);
        assert!(sound(run()).contains("others may read or write it"));
    }
    std::fs::remove_dir_all(&home).expect("removed");
}

/// A new folder that lies in no repository, which `target` does.
fn outside() -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("gatepost-plugin-cache-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[cfg(unix)]
const DIGEST: usize = 32;
