//! Pipelines of GitLab beyond single cases: real files, hostile ones, files that are found through others, and places of findings.

use std::fmt::Write;

use policy_core::api::{Answer, Operation, Shown};
use policy_core::report::{FileState, Report, WhyCode};
use serde_json::{Value, json};

use crate::resolver::{show_request, shown};
use crate::support::{TestFile, evaluate, file, native, report, request};

fn kinds(shown: &Shown) -> Vec<&str> {
    shown.faults.iter().map(|fault| fault.kind.as_str()).collect()
}

/// The repositories of the corpus, each with its files below its own root.
fn repositories() -> Vec<(String, Vec<TestFile>)> {
    let Some(folder) = crate::corpora::folder("gitlab-real") else { return Vec::new() };
    let mut found: Vec<(String, Vec<TestFile>)> = Vec::new();
    for path in crate::corpora::files(&folder, &[".yml", ".yaml"]) {
        let below = path.strip_prefix(&folder).expect("below it").to_string_lossy().into_owned();
        let Some((repository, name)) = below.split_once('/') else { continue };
        if found.last().is_none_or(|(last, _)| last != repository) {
            found.push((repository.to_owned(), Vec::new()));
        }
        let bytes = std::fs::read(&path).expect("a file");
        found.last_mut().expect("a repository").1.push(file(name, bytes));
    }
    found
}

#[test]
fn real_files_are_judged_or_say_why_not() {
    for (repository, files) in repositories() {
        let report = evaluate(&files, &json!({}));
        for covered in &report.coverage.files {
            let known = match covered.state {
                FileState::Judged => true,
                FileState::Partly => !covered.why.is_empty() && covered.why.iter().all(|why| why.location.is_some()),
                FileState::Opaque => covered.why.iter().any(|why| matches!(why.code, WhyCode::IncludeOnly | WhyCode::Unrecognised)),
                FileState::Refused => covered.why.iter().all(|why| matches!(why.code, WhyCode::Syntax | WhyCode::WrongForm)),
            };
            assert!(known, "{repository}: {covered:?}");
        }
    }
}

#[test]
fn every_real_file_can_be_shown() {
    for (_, files) in repositories() {
        for at in 0..files.len() {
            let mut files = files.clone();
            files.swap(0, at);
            let shown = shown(&files, &json!({}));
            assert!(!kinds(&shown).contains(&"too-complex"), "{}: {:?}", files[0].path, shown.faults);
        }
    }
}

#[test]
fn hostile_pipelines_end_with_a_located_reason() {
    let mut chain = String::from("job: { extends: .b9999 }\n.b0: { script: a }\n");
    let mut doubling = String::from(".r0: { x: [a] }\n");
    let mut merges = String::from(".e0: { variables: { A: a }, script: a }\n");
    for at in 1..10_000 {
        writeln!(chain, ".b{at}: {{ extends: .b{} }}", at - 1).expect("text");
    }
    for at in 1..60 {
        let before = at - 1;
        writeln!(doubling, ".r{at}: {{ x: [!reference [.r{before}, x], !reference [.r{before}, x]] }}").expect("text");
        writeln!(merges, ".e{at}: {{ extends: [.e{before}, .e{before}] }}").expect("text");
    }
    let mut empty = String::from(".n0: { x: [] }\n");
    for at in 1..10 {
        let before = format!("!reference [.n{}, x]", at - 1);
        writeln!(empty, ".n{at}: {{ x: [{}] }}", [before.as_str(); 9].join(", ")).expect("text");
    }
    let wide: String =
        (0..10).fold(String::new(), |text, at| text + &format!("        V{at}: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]\n"));
    let globs: String = (0..100_000).fold("include:\n".to_owned(), |text, at| text + &format!("  - '**/{at}*.yml'\n"));
    let locals: String = (0..100_000).fold("include:\n".to_owned(), |text, at| text + &format!("  - 'x{at}.yml'\n"));
    let deep = format!("job: {{ script: {}a{} }}\n", "[".repeat(200), "]".repeat(200));
    let mut nest = String::from(".a0: &a0 { x: 1 }\n");
    for at in 1..2_000 {
        writeln!(nest, ".a{at}: &a{at} {{ x: *a{} }}", at - 1).expect("text");
    }
    let circle: String =
        (0..2_000).fold(String::new(), |text, at| text + &format!("j{at}: {{ script: a, needs: [j{}] }}\n", (at + 1) % 2_000));
    let cases = [
        ("a chain of extends", chain),
        ("references that double", doubling + "job: { script: !reference [.r59, x] }\n"),
        ("lists of nothing", empty + "job: { script: !reference [.n9, x] }\n"),
        ("bases that double", merges + "job: { extends: .e59 }\n"),
        ("a wide matrix", format!("job:\n  script: a\n  parallel:\n    matrix:\n      -\n{wide}")),
        ("patterns", globs + "job: { script: a }\n"),
        ("paths", locals + "job: { script: a }\n"),
        ("depth", deep),
        ("aliases within aliases", nest + "job: { script: a, variables: *a1999 }\n"),
        ("needs in a circle", circle),
        (
            "text",
            format!("spec: {{ inputs: {{ x: {{ default: {} }} }} }}\n---\n", "x".repeat(100_000))
                + &(0..20_000).fold(String::new(), |text, at| text + &format!("j{at}: {{ script: 'a $[[ inputs.x ]]' }}\n")),
        ),
        ("conditions", format!("job: {{ script: a, rules: [ {{ if: '{}' }} ] }}\n", "(".repeat(50_000))),
    ];
    for (name, text) in cases {
        let files = [file(".gitlab-ci.yml", text), file("a/0.yml", "x: { script: a }\n")];
        let report = evaluate(&files, &json!({}));
        assert!(report.coverage.files.len() == 2, "{name}");
        let covered = report.coverage.files.iter().find(|covered| covered.path == ".gitlab-ci.yml").expect("the file");
        // The work that is spent on a file is that of all of it.
        let located = covered.why.iter().all(|why| why.location.is_some() || why.message.starts_with("judging this file takes"))
            && (covered.why.is_empty() || covered.why.iter().any(|why| why.location.is_some()));
        let sound = name == "conditions" && covered.state == FileState::Judged;
        assert!(located && (sound || !covered.why.is_empty()), "{name}: {covered:?}");
        shown(&files, &json!({}));
    }
}

#[test]
fn what_is_built_in_memory_is_bounded() {
    // Every inclusion of a large file is a tree of its own.
    let large: String = (0..20_000).fold("spec: { inputs: { x: } }\n---\n".to_owned(), |text, at| {
        text + &format!(".j{at}: {{ script: 'a $[[ inputs.x ]]' }}\n")
    });
    let root: String =
        (0..150).fold("include:\n".to_owned(), |text, at| text + &format!("  - {{ local: large.yml, inputs: {{ x: n{at} }} }}\n"));
    let report = evaluate(&[file(".gitlab-ci.yml", root + "job: { script: a }\n"), file("large.yml", large)], &json!({}));
    let root = &report.coverage.files[0];
    assert!(root.why.iter().any(|why| why.code == WhyCode::TooComplex && why.location.is_some()), "{:?}", root.why);
    assert_eq!(format!("{:?}", report.decision.outcome), "Deny");
}

fn found(report: &Report) -> Vec<(String, u32)> {
    report.findings.iter().map(|finding| (finding.location.path.clone(), finding.location.line)).collect()
}

const INCLUDED: &str = "include:\n  - https://example.com/x.yml\n";

#[test]
fn a_finding_stands_in_the_file_where_its_text_does() {
    let files = [file(".gitlab-ci.yml", "include: .gitlab/a.yml\njob: { script: make }\n"), file(".gitlab/a.yml", INCLUDED)];
    let report = evaluate(&files, &json!({"options": {"only": ["unpinned-include"]}}));
    assert_eq!(found(&report), [(".gitlab/a.yml".to_owned(), 2)]);
    // The part is judged through whoever includes it.
    let states: Vec<FileState> = report.coverage.files.iter().map(|covered| covered.state).collect();
    assert_eq!(states, [FileState::Partly, FileState::Judged]);
    assert_eq!(report.coverage.files[0].linked, [".gitlab/a.yml"]);
}

#[test]
fn a_part_that_nothing_includes_says_so() {
    let files = [file(".gitlab-ci.yml", "job: { script: make }\n"), file(".gitlab/a.yml", INCLUDED)];
    let report = evaluate(&files, &json!({}));
    let part = report.coverage.files.iter().find(|covered| covered.path == ".gitlab/a.yml").expect("the part");
    assert_eq!((part.state, part.why[0].code), (FileState::Opaque, WhyCode::IncludeOnly));
}

#[test]
fn what_only_an_include_tells_to_be_a_part_is_judged_with_its_root() {
    let files = [
        file(".gitlab-ci.yml", "include: [ci/a.yml, ci/b.yml]\njob: { script: make }\n"),
        file("ci/a.yml", "spec: { inputs: { x: { default: y } } }\n---\na: { script: 'make $[[ inputs.x ]]' }\n"),
        file("ci/b.yml", "variables: { A: a }\n"),
        file("ci/c.yml", "spec: { inputs: { x: } }\n---\na: { script: make }\n"),
    ];
    let report = evaluate(&files, &json!({"head": {"roots": [""]}}));
    let states: Vec<FileState> = report.coverage.files.iter().map(|covered| covered.state).collect();
    assert_eq!(states, [FileState::Judged, FileState::Judged, FileState::Judged, FileState::Opaque]);
    assert_eq!(report.coverage.files[3].why[0].code, WhyCode::IncludeOnly);
}

#[test]
fn files_of_another_project_are_no_roots_of_this_one() {
    let files = [
        file(".gitlab-ci.yml", "include: { project: a/b, ref: v1, file: x.yml }\njob: { script: make }\n"),
        file("other/.gitlab-ci.yml", INCLUDED),
        file("other/x.yml", INCLUDED),
    ];
    let sources = json!([{"project": "a/b", "ref": "v1", "root": "other"}]);
    let report = evaluate(&files, &json!({"head": {"roots": [""], "sources": sources}, "options": {"only": ["unpinned-include"]}}));
    assert_eq!(found(&report), []);
    let whys: Vec<Option<WhyCode>> = report.coverage.files.iter().map(|covered| covered.why.first().map(|why| why.code)).collect();
    assert_eq!(whys, [Some(WhyCode::Unavailable), Some(WhyCode::IncludeOnly), None]);
}

#[test]
fn an_address_in_capitals_is_one_of_another_server() {
    let files = [file(".gitlab-ci.yml", "include: HTTP://example.com/x.yml\njob: { script: make }\n")];
    let report = evaluate(&files, &json!({"options": {"only": ["include-over-http"]}}));
    assert_eq!(found(&report), [(".gitlab-ci.yml".to_owned(), 1)]);
    assert_eq!(report.coverage.files[0].why[0].code, WhyCode::Unavailable);
}

#[test]
fn a_script_that_many_jobs_share_is_judged_once() {
    let lines: String =
        (0..150).fold(String::new(), |text, at| text + &format!("    - make target-{at} | tee \"$CI_JOB_ID-{at}\"\n"));
    let mut text = format!(".base:\n  script:\n{lines}    - curl -sSf https://example.com/x.sh | sh\n");
    for at in 0..1_500 {
        writeln!(text, "job{at}: {{ extends: .base, variables: {{ A: a{at} }} }}").expect("text");
    }
    let report = evaluate(&[file(".gitlab-ci.yml", text)], &json!({}));
    assert_eq!(report.coverage.files[0].state, FileState::Judged, "{:?}", report.coverage.files[0].why);
    assert_eq!(found(&report), [(".gitlab-ci.yml".to_owned(), 153)]);
}

#[test]
fn what_two_pipelines_include_is_found_once() {
    let roots = json!({"head": {"roots": [""]}, "options": {"only": ["unpinned-include"]}});
    let files = [
        file(".gitlab-ci.yml", "include: ci/a.yml\njob: { script: make }\n"),
        file("other.yml", "include: ci/a.yml\nstages: [test]\njob: { script: make }\n"),
        file("ci/a.yml", INCLUDED),
    ];
    let report = evaluate(&files, &roots);
    assert_eq!(found(&report), [("ci/a.yml".to_owned(), 2)]);
}

#[test]
fn an_ignore_in_an_included_file_speaks_of_its_line() {
    let included = "include:\n  - https://example.com/x.yml # gatepost: ignore[unpinned-include] kept by us\n";
    let files = [file(".gitlab-ci.yml", "include: ci/a.yml\njob: { script: make }\n"), file("ci/a.yml", included)];
    let request = request(&files, &json!({"options": {"only": ["unpinned-include"]}}));
    let text = String::from_utf8_lossy(&request).into_owned();
    assert!(text.contains("ci/a.yml"));
    let report = report(&native(Operation::Evaluate, &request));
    assert_eq!(report.ignores.len(), 1);
    assert_eq!(report.verdicts[0].ignore, Some(0));
}

#[test]
fn a_host_is_asked_for_files_and_patterns() {
    let ask = |files: &[TestFile], head: Value| {
        let answer = native(Operation::Show, &show_request(files, &head));
        serde_json::from_slice::<Answer<Shown>>(&answer).expect("an answer")
    };
    let root = file("repo/.gitlab-ci.yml", "include: [a.yml, 'ci/*.yml']\njob: { extends: .a }\n");
    let head = json!({"complete": false, "roots": ["repo"]});
    let needs = ask(std::slice::from_ref(&root), head.clone()).need.expect("needs");
    assert_eq!(
        (needs[0].paths.as_slice(), needs[0].globs.as_slice()),
        (&["repo/a.yml".to_owned()][..], &["repo/ci/*.yml".to_owned()][..])
    );
    let mut given = head;
    given["absent"] = json!(["repo/a.yml"]);
    given["globs"] = json!(["repo/ci/*.yml"]);
    let shown = ask(&[root, file("repo/ci/b.yml", ".a: { script: make }\n")], given).ok.expect("shown");
    assert_eq!(kinds(&shown), ["refused"]);
    assert_eq!(shown.pipelines[0].jobs[0].entries.as_ref().expect("entries").len(), 1);
}

#[test]
fn what_gitlab_has_merged_is_judged_as_it_stands() {
    let merged = file("merged.yml", "include: nowhere.yml\nstages: [test]\njob: { script: make }\n");
    let report = evaluate(&[merged], &json!({"head": {"merged": true, "roots": []}}));
    assert_eq!(report.coverage.files[0].state, FileState::Judged, "{:?}", report.coverage);
}

#[test]
fn what_keeps_a_file_from_being_shown_is_said_with_its_place() {
    let broken = [
        ("a:\n  script: [a\n", "syntax", (2, 11)),
        ("", "wrong-form", (1, 1)),
        ("only text\n", "wrong-form", (1, 1)),
        ("a:\n  script: a\0b\n", "encoding", (2, 12)),
    ];
    for (text, kind, place) in broken {
        let shown = shown(&[file(".gitlab-ci.yml", text)], &json!({}));
        assert!(shown.pipelines.is_empty(), "{text:?}");
        assert_eq!(kinds(&shown), [kind], "{text:?}");
        assert_eq!((shown.faults[0].line, shown.faults[0].column), place, "{text:?}");
    }
    let twice = shown(&[file(".gitlab-ci.yml", "a:\n  script: a\n  script: b\n")], &json!({}));
    assert_eq!((kinds(&twice), twice.pipelines.len()), (vec!["duplicate-key"], 1));
    let workflow = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: make\n";
    let foreign = shown(&[file(".github/workflows/a.yml", workflow)], &json!({}));
    assert!(foreign.pipelines.is_empty() && foreign.faults.is_empty(), "{foreign:?}");
}

#[test]
fn secrets_are_masked_in_what_is_shown() {
    let token = ["gl", "pat-", &"a1B2c3D4e5".repeat(2)].concat();
    let text = format!("job:\n  script: ['curl -H {token}']\n  variables: {{ DB_PASSWORD: hunter2hunter2 }}\n");
    let answer = native(Operation::Show, &show_request(&[file(".gitlab-ci.yml", text)], &json!({})));
    let answer = String::from_utf8(answer).expect("text");
    assert!(!answer.contains(&token) && !answer.contains("hunter2"), "{answer}");
}

#[test]
fn files_of_other_systems_are_not_taken_for_pipelines() {
    let state = |text: &str| {
        let report = evaluate(&[file("some.yml", text)], &json!({"head": {"roots": []}}));
        report.coverage.files[0].roles.clone()
    };
    for own in ["stages: [build]\nvariables: {}\n", "a: { script: x }\n", ".base: { image: x }\n", "include: a.yml\n"] {
        assert_eq!(state(own), ["gitlab-pipeline"], "{own}");
    }
    assert_eq!(state("spec: { inputs: { x: } }\n---\na: { script: x }\n"), ["gitlab-component"]);
    for foreign in [
        "stages:\n  - stage: build\n    jobs: []\n",
        "include: [a.yml]\nservices: { web: { image: x } }\n",
        "kind: pipeline\nsteps: []\n",
        "language: rust\nscript: cargo test\nstages: [a]\n",
        "title: x\nentries: [ { a: b } ]\n",
    ] {
        assert_eq!(state(foreign), Vec::<String>::new(), "{foreign}");
    }
    assert_eq!(state("apiVersion: v1\nkind: Pod\nspec: { inputs: {} }\n"), ["kubernetes"]);
}

#[test]
fn a_login_that_reads_something_already_is_left_as_it_is() {
    for (line, fixed) in [
        ("docker login -p $A_TOKEN a", true),
        ("make; docker login -p ${A_TOKEN} a", true),
        ("echo | docker login -p $A_TOKEN a", false),
        ("docker login -p $A_TOKEN a < file", false),
        ("|\n      docker login -p \\\n        $A_TOKEN a", false),
        ("docker login -p x$A_TOKEN a", false),
        ("docker login --password=$A_TOKEN a", false),
        ("docker login --token $A_TOKEN a", false),
        ("helm repo add --password $A_TOKEN a", false),
    ] {
        let files = [file(".gitlab-ci.yml", format!("job:\n  script:\n    - {line}\n"))];
        let report = evaluate(&files, &json!({"options": {"only": ["secret-as-argument"]}}));
        assert_eq!(report.findings.iter().map(|finding| finding.fix.is_some()).collect::<Vec<_>>(), [fixed], "{line}");
    }
}

#[test]
fn tokens_are_found_by_their_form_wherever_they_stand() {
    let only = json!({"options": {"only": ["secret-in-ci-file"]}});
    let said = |text: String| {
        let report = evaluate(&[file(".gitlab-ci.yml", text)], &only);
        let line = |finding: &policy_core::report::Finding| format!("{:?} {}", finding.severity, finding.message);
        report.findings.iter().map(line).collect::<Vec<_>>()
    };
    let token = ["gl", "pat-", &"a1B2c3D4e5".repeat(2)].concat();
    let in_text = said(format!("job:\n  script:\n    - curl -H 'T: {token}' https://a.example\n"));
    assert_eq!(in_text, ["High a token stands in the file: a GitLab token"]);
    let in_variable = said(format!("variables: {{ A_TOKEN: {token} }}\njob: {{ script: make }}\n"));
    assert_eq!(in_variable.len(), 1);
    let half = ["AKI", "A", "Q2W3E4R5T6Y7U2I3"].concat();
    assert_eq!(
        said(format!("job: {{ script: 'a {half}' }}\n")),
        ["Low a token stands in the file: an AWS access key id, which is half of a credential"]
    );
    for near in [
        ["AKI", "A", "IOSFODNN7EXAMPLE"].concat(),
        ["gl", "pat-", &"x".repeat(20)].concat(),
        ["gh", "p_", &"a1B2c3".repeat(6)].concat(),
    ] {
        assert!(said(format!("job: {{ script: 'a {near}' }}\n")).is_empty(), "{near}");
    }
    let head = ["-----BEGIN ", "PRIVATE KEY-----"].concat();
    let body = "      QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo\n".repeat(8);
    let key = |head: &str, body: &str| format!("job:\n  variables:\n    A: |\n      {head}\n{body}  script: make\n");
    assert_eq!(said(key(&head, &body)), ["High a private key stands in the file"]);
    assert!(said(key(&head, "")).is_empty());
    assert!(said(key(&head.replace("PRIVATE", "PUBLIC"), &body)).is_empty());
}

#[test]
fn values_that_are_found_are_shown_nowhere() {
    let value = "Zq7-not-A-real-1-42x";
    for (variable, found) in [
        ("A_TOKEN: VALUE", 1),
        ("A_API_KEY: 'VALUE'", 1),
        ("A_SECRET_ACCESS_KEY: VALUE", 1),
        ("A_SSH_KEY: VALUE", 0),
        ("A_TOKEN:\n    value: VALUE\n    description: a", 1),
        ("A_TOKEN: { value: VALUE }", 0),
        ("A: https://ci:VALUE@nexus.acme.io", 1),
    ] {
        let text = format!("variables:\n  {}\njob: {{ script: make }}\n", variable.replace("VALUE", value));
        let files = [file(".gitlab-ci.yml", text)];
        let answer = native(Operation::Evaluate, &request(&files, &json!({"options": {"only": ["secret-in-ci-file"]}})));
        assert_eq!(report(&answer).findings.len(), found, "{variable}");
        assert!(!String::from_utf8_lossy(&answer).contains(value), "{variable}");
    }
}
