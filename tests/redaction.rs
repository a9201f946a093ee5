//! A secret never leaves: planted in every place of a file and of a request, it shows in no answer, error or output.

use policy_core::api::Operation;
use serde_json::json;

use crate::command::{command, root, scratch};
use crate::support::{TestFile, file, native, request, through, worker};

/// Real-looking values, put together here and never stored; what is planted, and the part that must not be seen.
fn planted() -> Vec<(String, String)> {
    let body = |length: usize| "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY".chars().cycle().take(length).collect::<String>();
    let hex = |length: usize| "0a1b2c3d4e5f6789".chars().cycle().take(length).collect::<String>();
    let with = |prefix: &[&str], body: String| (format!("{}{body}", prefix.concat()), body);
    vec![
        with(&["gh", "p_"], body(36)),
        with(&["github", "_pat_"], body(82)),
        with(&["gl", "pat-"], body(20)),
        with(&["np", "m_"], body(36)),
        with(&["AK", "IA"], "QWERTYUIOPASDF23".to_owned()),
        with(&["xo", "xb-"], body(40)),
        with(&["sk_", "live_"], body(24)),
        with(&["dop", "_v1_"], hex(64)),
        with(&["https://bot:"], "hunter2hunter2".to_owned()).clone_with("@host.example/x"),
        with(&["PASSWORD="], "hunter2hunter2".to_owned()),
        with(&["Authorization: Bearer "], "hunter2hunter2".to_owned()),
        (body(64), body(64)),
    ]
}

trait CloneWith {
    fn clone_with(self, tail: &str) -> Self;
}

impl CloneWith for (String, String) {
    fn clone_with(self, tail: &str) -> Self {
        (self.0 + tail, self.1)
    }
}

/// A value in double quotes, so that every token can stand anywhere.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("json")
}

/// Files that make rules, problems, ignores and facts speak of the secret.
fn files(secret: &str) -> Vec<TestFile> {
    let value = quoted(secret);
    let everywhere = format!(
        "# gatepost: ignore[unpinned-action] because {secret}\n\
         # gatepost: ignore[{secret}] x\n\
         name: {value}\n\
         on: issues\n\
         env:\n  A: {value}\n\
         {value}: {value}\n\
         {value}: {value}\n\
         jobs:\n  \
           {value}:\n    \
             runs-on: {value}\n    \
             environment: {value}\n    \
             env:\n      B: {value}\n      C: ${{{{ secrets.A }}}}\n    \
             steps:\n      \
               - uses: {value}\n      \
               - uses: \"a/{secret}@{secret}\"\n      \
               - uses: \"docker://{secret}\"\n      \
               - run: \"echo {escaped} ${{{{ github.event.issue.title }}}} ${{{{ nonsense {escaped} }}}}\"\n      \
               - uses: a/b@v1 # {secret}\n  \
           other:\n    \
             environment: production\n    \
             env:\n      B: {value}\n      C: ${{{{ secrets.A }}}}\n    \
             uses: \"./{secret}.yml\"\n",
        escaped = secret.replace('"', "\\\""),
    );
    vec![
        file(".github/workflows/everywhere.yml", everywhere),
        file(".github/workflows/broken.yml", format!("on: push\njobs: [{value}\n  x: {value}: {value}\n")),
        // A part of a path has no slash; what stands between slashes is still a name.
        file(
            &format!(".github/workflows/{}.yml", secret.split_once("://").map_or(secret.to_owned(), |_| "plain".to_owned())),
            format!("{value}: 1\n"),
        ),
        file(".github/workflows/template.yml", format!("on: {{{{ .Values.x }}}}\njobs: {value}\n")),
    ]
}

fn assert_hidden(answer: &[u8], (secret, value): &(String, String), what: &str) {
    let text = String::from_utf8_lossy(answer);
    assert!(
        !text.contains(value.as_str()),
        "{what} shows the value of {}…",
        &secret[..secret.len() - value.len().min(secret.len())]
    );
    assert!(!value.is_empty());
}

#[test]
fn planted_secrets_are_in_no_answer() {
    let mut worker = worker();
    for planted in planted() {
        let options = json!({"options": {"printKey": "000102030405060708090a0b0c0d0e0f"}});
        let request = request(&files(&planted.0), &options);
        for operation in [Operation::Inspect, Operation::Evaluate] {
            let answer = through(&mut worker, operation, &request);
            assert!(answer.starts_with(b"{\"ok\""), "{}", String::from_utf8_lossy(&answer));
            assert_hidden(&answer, &planted, "an answer");
        }
        let report: serde_json::Value = serde_json::from_slice(&native(Operation::Evaluate, &request)).expect("json");
        assert!(report["ok"]["findings"].as_array().is_some_and(|findings| findings.len() >= 3));
        let render = serde_json::to_vec(&json!({"report": report["ok"], "format": "text"})).expect("json");
        assert_hidden(&native(Operation::Render, &render), &planted, "the rendered report");
    }
}

#[test]
fn planted_secrets_are_in_no_error() {
    for planted in planted() {
        let secret = &planted.0;
        for request in [
            json!({"api": secret}),
            json!({secret: 1}),
            json!({"api": 1, "options": {"only": [secret]}}),
            json!({"api": 1, "options": {"printKey": secret}}),
            json!({"api": 1, "options": {"pins": {secret: {"commit": secret}}}}),
            json!({"api": 1, "options": {secret: secret}}),
            json!({"api": 1, "head": {"files": [{"path": "a", "text": "", "origin": secret}]}}),
            json!({"api": 1, "head": {"files": [{"path": "a", "text": "", "digest": secret}]}}),
            json!({"api": 1, "evidence": [secret]}),
            json!({"api": 1, "head": {"files": [{"path": secret}, {"path": secret}]}}),
            json!({"api": 1, "event": {"name": secret, "actor": secret, "ref": secret}, "now": secret}),
        ] {
            let bytes = serde_json::to_vec(&request).expect("json");
            for (operation, _) in Operation::ALL {
                assert_hidden(&native(operation, &bytes), &planted, "an error");
            }
        }
        assert_hidden(&native(Operation::Evaluate, format!("{{\"api\": {secret}").as_bytes()), &planted, "an error");
    }
}

#[test]
fn the_command_shows_no_planted_secret() {
    for (at, planted) in planted().into_iter().enumerate() {
        let folder = scratch(&format!("redaction-{at}"));
        for file in files(&planted.0) {
            let path = folder.join(&file.path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, &file.bytes).expect("a file");
        }
        for format in ["terminal", "json", "sarif", "gitlab", "github", "junit", "markdown"] {
            let output = command(&root()).arg("check").arg(&folder).args(["--format", format]).output().expect("the command");
            assert!(output.status.code() == Some(1), "{}", String::from_utf8_lossy(&output.stderr));
            assert_hidden(&output.stdout, &planted, format);
            assert_hidden(&output.stderr, &planted, format);
        }
        for wrong in [["--only", planted.0.as_str()], ["--pins", planted.0.as_str()]] {
            let output = command(&root()).arg("check").arg(&folder).args(wrong).output().expect("the command");
            assert_eq!(output.status.code(), Some(2));
            assert_hidden(&output.stderr, &planted, "the error of the command");
        }
    }
}

#[test]
fn names_that_a_terminal_or_a_log_would_obey_are_shown_only() {
    let folder = scratch("escapes");
    let workflows = folder.join(".github/workflows");
    std::fs::create_dir_all(&workflows).expect("a folder");
    let text = "on: issues\njobs:\n  \"::set-output name=x::y\\e[2J\":\n    runs-on: x\n    environment: \"a\\u202Eb\"\n    steps:\n      - uses: \"a/b\\e[31m@::error::##vso[task]##[group]\"\n      - run: |\n          ::error file=x::\u{1b}[31mred ${{ github.event.issue.title }}\n";
    std::fs::write(workflows.join("a.yml"), text).expect("a file");
    if cfg!(unix) {
        std::fs::write(workflows.join("\u{1b}[31m.yml"), text).expect("a file");
    }
    for format in ["terminal", "json", "sarif", "gitlab", "junit", "markdown"] {
        let output = command(&root())
            .arg("check")
            .arg(&folder)
            .args(["--format", format, "--color", "never"])
            .output()
            .expect("the command");
        let out = String::from_utf8(output.stdout).expect("text");
        assert!(!out.contains(['\u{1b}', '\u{202E}']), "{out}");
        assert!(!out.lines().any(|line| line.trim_start().starts_with("::") && line.contains("::error")), "{out}");
        assert!(!out.contains("##[") && !out.contains("##vso["), "{out}");
    }
}
