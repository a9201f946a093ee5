//! Fixes: structural edits become bytes, and nothing but what was meant changes.

use std::collections::BTreeMap;

use policy_core::document::edit::{Edit, Refusal, apply, lower};
use policy_core::document::{Dialect, Document, Ref};
use policy_core::report::{Finding, Report};
use policy_core::source::{Origin, Source};
use serde_json::json;

use crate::corpora;
use crate::support::{TestFile, evaluate, file};

const COMMIT: &str = "8f152de45cc393bb48ce5d89d36b731f54556e65";

/// A pin for every action that the files use by tag or branch.
fn pins(report: &Report) -> BTreeMap<String, serde_json::Value> {
    let reference = |finding: &Finding| Some(format!("{}@{}", finding.attributes.get("action")?, finding.attributes.get("ref")?));
    report.findings.iter().filter_map(reference).map(|reference| (reference, json!({"commit": COMMIT}))).collect()
}

fn fixed(old: &TestFile, report: &Report) -> (String, usize) {
    let of_file = report.findings.iter().filter_map(|finding| finding.fix.as_ref()).filter(|fix| fix.location.path == old.path);
    let mut edits: Vec<_> = of_file.flat_map(|fix| fix.edits.clone()).collect();
    edits.sort_by_key(|edit| edit.span);
    let text = String::from_utf8(old.bytes.clone()).expect("text");
    (apply(&text, &edits).expect("edits of different places do not overlap"), edits.len())
}

/// The tree as text, with every action at a commit, and without comments.
fn tree(node: Ref<'_>, out: &mut String) {
    match node.text() {
        Some(text) => {
            let pinned = text.split_once('@').filter(|(_, git_ref)| *git_ref == COMMIT).map(|(action, _)| format!("{action}@PIN"));
            out.push_str(&format!("{:?}\n", pinned.as_deref().unwrap_or(text)));
        }
        None => {
            out.push_str("(\n");
            node.items().for_each(|item| tree(item, out));
            node.entries().for_each(|(key, value)| {
                tree(key, out);
                tree(value, out);
            });
            out.push_str(")\n");
        }
    }
}

fn read(text: &str) -> String {
    let source = Source::new("f", text.as_bytes(), Origin::Unknown);
    let document = Document::read(&source, Dialect::GITHUB);
    let mut out = String::new();
    document.roots().for_each(|root| tree(root, &mut out));
    out
}

#[test]
fn pins_of_real_workflows_change_the_reference_and_nothing_else() {
    let Some(folder) = corpora::folder("github-real") else { return };
    let (mut files, mut made, mut shared) = (0, 0, 0);
    for path in corpora::files(&folder, &[".yml", ".yaml"]) {
        let old = file("a.yml", std::fs::read(&path).expect("a file"));
        let name = path.display();
        let without = evaluate(std::slice::from_ref(&old), &json!({"head": {"roots": []}}));
        let options = json!({"head": {"roots": []}, "options": {"pins": pins(&without), "only": ["unpinned-action"]}});
        let report = evaluate(std::slice::from_ref(&old), &options);
        let (text, edits) = fixed(&old, &report);
        let unfixed = report.findings.iter().filter(|finding| finding.attributes.contains_key("action") && finding.fix.is_none());
        shared += unfixed.count();
        // The tree that was meant: every reference that has a pin stands at it, and the rest is as it was.
        let before = String::from_utf8(old.bytes.clone()).expect("text");
        let mut meant = read(&before);
        for reference in report
            .findings
            .iter()
            .filter(|finding| finding.fix.is_some())
            .filter_map(|finding| finding.attributes.get("ref").zip(finding.attributes.get("action")))
        {
            let (git_ref, action) = reference;
            meant = meant.replace(&format!("\"{action}@{git_ref}\""), &format!("\"{action}@PIN\""));
        }
        assert_eq!(read(&text), meant, "{name}");
        // Bytes outside of the edited lines are those of before.
        let changed = before.lines().zip(text.lines()).filter(|(old, new)| old != new);
        assert!(before.lines().count() == text.lines().count() && changed.clone().all(|(_, new)| new.contains(COMMIT)), "{name}");
        // Once more: there is nothing left to fix.
        let again = evaluate(&[file("a.yml", text.as_bytes())], &options);
        assert_eq!(again.findings.iter().filter(|finding| finding.fix.is_some()).count(), 0, "{name}");
        files += usize::from(edits > 0);
        made += edits;
    }
    eprintln!("{made} edits in {files} files, {shared} findings without a fix");
    assert!(made > 100, "the corpus has unpinned actions");
}

fn edited(text: &str, edits: impl Fn(Ref<'_>) -> Vec<Edit>) -> Result<String, Refusal> {
    let source = Source::new("f", text.as_bytes(), Origin::Unknown);
    let document = Document::read(&source, Dialect::GITHUB);
    let lowered = lower(&document, &edits(document.root().expect("a root")))?;
    Ok(apply(text, &lowered).expect("edits that fit"))
}

fn set(text: &'static str) -> impl Fn(Ref<'_>) -> Vec<Edit> {
    move |root| vec![Edit::Set { node: root.get("a").expect("a").id(), value: text.into() }]
}

fn insert(root: Ref<'_>) -> Vec<Edit> {
    vec![Edit::Insert { map: root.get("a").expect("a").id(), before: None, key: "k".to_owned(), value: "v: w".into() }]
}

#[test]
fn edits_keep_the_style_of_the_place() {
    assert_eq!(edited("a: x\nb: y\n", set("z")).as_deref(), Ok("a: z\nb: y\n"));
    assert_eq!(edited("a: x # why\r\nb: y\r\n", set("yes: no")).as_deref(), Ok("a: 'yes: no' # why\r\nb: y\r\n"));
    assert_eq!(edited("a:\nb: y\n", set("true")).as_deref(), Ok("a: 'true'\nb: y\n"));
    assert_eq!(edited("a:\n  b: 1 # one\n\nc: 2\n", insert).as_deref(), Ok("a:\n  b: 1 # one\n  k: 'v: w'\n\nc: 2\n"));
    assert_eq!(edited("a: {b: 1}\n", insert).as_deref(), Ok("a: {b: 1, k: 'v: w'}\n"));
    assert_eq!(edited("a: {}\n", insert).as_deref(), Ok("a: {k: 'v: w'}\n"));
    assert_eq!(edited("a:\r\n  b: 1", insert).as_deref(), Ok("a:\r\n  b: 1\r\n  k: 'v: w'"));
    assert_eq!(edited("a:\n  b: |\n    text\n\nc: 2\n", insert).as_deref(), Ok("a:\n  b: |\n    text\n  k: 'v: w'\n\nc: 2\n"));
}

#[test]
fn edits_that_would_change_more_are_refused() {
    // Shared through an anchor: another place would change with it.
    assert_eq!(edited("a: [1]\n", set("z")), Err(Refusal::Form));
    assert_eq!(edited("a: &x [1]\nb: *x\n", set("z")), Err(Refusal::Shared));
    assert_eq!(edited("a: &x y\nb: *x\n", set("z")), Err(Refusal::Shared));
    assert_eq!(edited("b: &x {c: 1}\na: *x\n", insert), Err(Refusal::Shared));
    // The key is there already.
    assert_eq!(edited("a: {k: 1}\n", insert), Err(Refusal::Form));
    let twice = |root: Ref<'_>| {
        let scalar = root.get("a").expect("a").id();
        let edit = |range: std::ops::Range<usize>| Edit::Splice { scalar, decoded: range, text: "z".to_owned() };
        vec![edit(0..2), edit(1..3)]
    };
    assert_eq!(edited("a: xyz\n", twice), Err(Refusal::Overlap));
}

#[test]
fn splices_work_in_every_style() {
    let splice = |text: &'static str| {
        move |root: Ref<'_>| {
            let scalar = root.get("a").expect("a");
            let at = scalar.text().expect("text").find("OLD").expect("OLD");
            vec![Edit::Splice { scalar: scalar.id(), decoded: at..at + 3, text: text.to_owned() }]
        }
    };
    assert_eq!(edited("a: x OLD\n", splice("new")).as_deref(), Ok("a: x new\n"));
    assert_eq!(edited("a: 'it''s OLD'\n", splice("'")).as_deref(), Ok("a: 'it''s '''\n"));
    assert_eq!(edited("a: \"\\tOLD\"\n", splice("\"\n")).as_deref(), Ok("a: \"\\t\\\"\\n\"\n"));
    assert_eq!(edited("a: |\n  one\n  OLD\n", splice("x\ny")).as_deref(), Ok("a: |\n  one\n  x\n  y\n"));
    assert_eq!(edited("a: >\n  one\n  OLD\n", splice("new")).as_deref(), Ok("a: >\n  one\n  new\n"));
    assert_eq!(edited("a: x OLD\n", splice("y: #")).as_deref(), Ok("a: 'x y: #'\n"));
}

fn title_of_fix(step: &str) -> Option<String> {
    let head =
        "on: [issues, push]\nenv:\n  SET: ${{ github.event.issue.body }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n";
    let files = [file(".github/workflows/a.yml", format!("{head}{step}").into_bytes())];
    let report = evaluate(&files, &json!({"options": {"only": ["template-injection"]}}));
    let [finding] = report.findings.as_slice() else { panic!("one finding: {step}") };
    finding.fix.as_ref().map(|fix| fix.title.clone())
}

#[test]
fn expressions_of_scripts_become_variables_where_the_shell_expands_them() {
    for (step, name) in [
        ("      - run: echo ${{ github.event.issue.title }}\n", "ISSUE_TITLE"),
        ("      - run: echo \"a ${{ github.event.issue.title }}\"\n", "ISSUE_TITLE"),
        ("      - run: |\n          cat <<END\n          ${{ github.event.issue.title }}\n          END\n", "ISSUE_TITLE"),
        ("      - run: echo \"${{ github.event.issue.title }} $((1 + 2))\"\n", "ISSUE_TITLE"),
        ("      - run: echo ${{ github.event.issue.title }} $ISSUE_TITLE\n", "ISSUE_TITLE_2"),
        ("      - run: echo ${{ env.SET }}\n", "SET"),
        ("      - run: echo ${{ github.ref_name }}\n", "GITHUB_REF_NAME"),
        ("      - run: echo ${{ github.ref_name }}\n        env: {GITHUB_REF_NAME: a}\n", "REF_NAME"),
        ("      - run: echo ${{ inputs.a-b }}\n", "INPUT_A_B"),
        ("      - run: echo ${{ steps.a.outputs.b }}\n", "STEP_A_B"),
        ("      - run: echo ${{ matrix.a }}\n", "MATRIX_A"),
        ("      - run: echo ${{ vars.a }}\n", "VAR_A"),
        ("      - run: echo ${{ github.event.issue.labels[0].name }}\n", "ISSUE_LABELS_NAME"),
    ] {
        assert_eq!(title_of_fix(step), Some(format!("hand the value over in the variable {name}")), "{step}");
    }
    for step in [
        // No shell expands a variable there.
        "      - run: echo '${{ github.event.issue.title }}'\n",
        "      - run: |\n          cat <<'END'\n          ${{ github.event.issue.title }}\n          END\n",
        "      - run: |\n          # ${{ github.event.issue.title }}\n",
        "      - run: print(${{ github.event.issue.title }})\n        shell: python\n",
        "      - run: echo ${{ github.event.issue.title }}\n        shell: cmd\n",
        "      - uses: actions/github-script@v7\n        with:\n          script: ${{ github.event.issue.title }}\n",
        // It is worked out as a number.
        "      - run: echo $((1 + ${{ github.event.issue.title }}))\n",
        // It is the command.
        "      - run: ${{ github.event.issue.title }} --help\n",
        // It is more than one context.
        "      - run: echo ${{ format('{0}', github.event.issue.title) }}\n",
        "      - run: echo ${{ join(github.event.issue.labels.*.name) }}\n",
        "      - run: echo ${{ github.event.*.title }}\n",
        // An expression sets the variables.
        "      - run: echo ${{ github.event.issue.title }}\n        env: ${{ fromJSON(vars.A) }}\n",
    ] {
        assert_eq!(title_of_fix(step), None, "{step}");
    }
}
