//! Structural edits, one form at a time and over real files. That an edit reads as meant is checked where it is lowered; here stands
//! how it is written, and that few are refused.

use std::collections::BTreeMap;

use policy_core::document::edit::{Edit, Refusal, TextEdit, Value, apply, lower, merge};
use policy_core::document::{Dialect, Document, Kind, Ref};
use policy_core::source::{Origin, Source, Span};

use crate::corpora;
use crate::support::Random;

fn edited(text: &str, edits: impl Fn(Ref<'_>) -> Vec<Edit>) -> Result<String, Refusal> {
    let source = Source::new("f", text.as_bytes(), Origin::Unknown);
    let document = Document::read(&source, Dialect::GITHUB);
    let lowered = lower(&document, &edits(document.root().expect("a root")))?;
    Ok(apply(text, &lowered).expect("edits that fit"))
}

/// A node by its path: keys, indices, and `key!` for the key itself.
fn at<'d>(root: Ref<'d>, path: &str) -> Ref<'d> {
    path.split('.').filter(|part| !part.is_empty()).fold(root, |node, part| match part.parse::<usize>() {
        Ok(index) => node.items().nth(index).expect("an item"),
        Err(_) => match part.strip_suffix('!') {
            Some(key) => node.entry(key).expect("an entry").0,
            None => node.get(part).expect("a value"),
        },
    })
}

fn insert(map: &str, before: Option<&str>, key: &str, value: impl Into<Value>) -> impl Fn(Ref<'_>) -> Edit {
    let (map, before, key, value) = (map.to_owned(), before.map(str::to_owned), key.to_owned(), value.into());
    move |root| {
        let map = at(root, &map);
        let before = before.as_ref().map(|before| map.entry(before).expect("an entry").0.id());
        Edit::Insert { map: map.id(), before, key: key.clone(), value: value.clone() }
    }
}

fn remove(path: &str) -> impl Fn(Ref<'_>) -> Edit {
    move |root| Edit::Remove { entry: at(root, path).id() }
}

fn set(path: &str, value: impl Into<Value>) -> impl Fn(Ref<'_>) -> Edit {
    let value = value.into();
    move |root| Edit::Set { node: at(root, path).id(), value: value.clone() }
}

fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
}

/// What an edit makes of a file, with both kinds of line breaks.
#[track_caller]
fn becomes(before: &str, edit: impl Fn(Ref<'_>) -> Edit, after: &str) {
    become_of(before, |root| vec![edit(root)], after);
}

#[track_caller]
fn become_of(before: &str, edits: impl Fn(Ref<'_>) -> Vec<Edit>, after: &str) {
    assert_eq!(edited(before, &edits).as_deref(), Ok(after));
    let windows = |text: &str| text.replace('\n', "\r\n");
    let has_breaks = before.contains('\n');
    assert_eq!(edited(&windows(before), &edits), Ok(if has_breaks { windows(after) } else { after.to_owned() }));
}

#[track_caller]
fn refused(before: &str, edit: impl Fn(Ref<'_>) -> Edit, why: Refusal) {
    assert_eq!(edited(before, |root| vec![edit(root)]), Err(why));
}

fn credentials() -> Value {
    map(&[("persist-credentials", false.into())])
}

#[test]
fn entries_come_at_the_end() {
    becomes("a:\n  b: 1\n", insert("a", None, "k", "v"), "a:\n  b: 1\n  k: v\n");
    becomes("a:\n  b: 1\n", insert("a", None, "k", "true"), "a:\n  b: 1\n  k: 'true'\n");
    becomes("a:\n  b: 1\n", insert("a", None, "k", true), "a:\n  b: 1\n  k: true\n");
    becomes("a:\n  b: 1\n", insert("", None, "permissions", map(&[])), "a:\n  b: 1\npermissions: {}\n");
    becomes("a:\n  b: 1", insert("", None, "k", "v"), "a:\n  b: 1\nk: v");
    becomes(
        "on: push\njobs:\n  a:\n    steps:\n      - uses: x # c\n\n      # next\n      - run: y\n",
        insert("jobs.a.steps.0", None, "with", credentials()),
        "on: push\njobs:\n  a:\n    steps:\n      - uses: x # c\n        with:\n          persist-credentials: false\n\n      # next\n      - run: y\n",
    );
    // Four columns, where the file has four.
    becomes(
        "a:\n    b:\n        - uses: x\n",
        insert("a.b.0", None, "with", credentials()),
        "a:\n    b:\n        - uses: x\n          with:\n              persist-credentials: false\n",
    );
    becomes(
        "a: 1\nu:\n    - d: x\n",
        insert("", None, "cooldown", map(&[("default-days", Value::Plain("7".to_owned()))])),
        "a: 1\nu:\n    - d: x\ncooldown:\n  default-days: 7\n",
    );
    becomes("a: {b: 1}\n", insert("a", None, "with", credentials()), "a: {b: 1, with: {persist-credentials: false}}\n");
    becomes("a: {}\n", insert("a", None, "k", "x y"), "a: {k: 'x y'}\n");
    becomes("a: {\n  b: 1 # c\n}\n", insert("a", None, "k", "v"), "a: {\n  b: 1, # c\n  k: v\n}\n");
    becomes("a: {\n  b: 1, # c\n}\n", insert("a", None, "k", "v"), "a: {\n  b: 1, # c\n  k: v,\n}\n");
    becomes("a:\n  b: |\n    x\n\n\nc: 1\n", insert("a", None, "k", "v"), "a:\n  b: |\n    x\n  k: v\n\n\nc: 1\n");
    becomes("a:\n  b: |+\n    x\n\n\nc: 1\n", insert("a", None, "k", "v"), "a:\n  b: |+\n    x\n\n\n  k: v\nc: 1\n");
    becomes("a:\n  b:\nc: 1\n", insert("a", None, "k", "v"), "a:\n  b:\n  k: v\nc: 1\n");
    becomes("a:\n  b: 1\n", insert("a", None, "run", "x\ny\n"), "a:\n  b: 1\n  run: |\n    x\n    y\n");
    becomes("\u{FEFF}a: 1\n", insert("", None, "k", "v"), "\u{FEFF}a: 1\nk: v\n");
    refused("a: [b: 1]\n", insert("a.0", None, "k", "v"), Refusal::Form);
    refused("a: 1\n", insert("", None, "A", "v"), Refusal::Mismatch);
    refused("a: &x {b: 1}\nc: *x\n", insert("a", None, "k", "v"), Refusal::Shared);
}

#[test]
fn entries_come_before_a_key() {
    let permissions = || map(&[("contents", "read".into())]);
    becomes(
        "on: push\njobs:\n  a: 1\n",
        insert("", Some("jobs"), "permissions", permissions()),
        "on: push\npermissions:\n  contents: read\njobs:\n  a: 1\n",
    );
    becomes(
        "on: push # c\n\n# about\n# jobs\njobs:\n  a: 1\n",
        insert("", Some("jobs"), "permissions", map(&[])),
        "on: push # c\n\npermissions: {}\n\n# about\n# jobs\njobs:\n  a: 1\n",
    );
    becomes(
        "a:\n  - run: x\n    b: 1\n",
        insert("a.0", Some("run"), "env", map(&[("A", "${{ x.y }}".into())])),
        "a:\n  - env:\n      A: ${{ x.y }}\n    run: x\n    b: 1\n",
    );
    becomes(
        "a:\n  - name: x\n    # why\n    run: x",
        insert("a.0", Some("run"), "env", map(&[("A", "b".into())])),
        "a:\n  - name: x\n    env:\n      A: b\n    # why\n    run: x",
    );
    // What looks like a comment in a script is none.
    becomes("a: |\n  x\n  # no comment\nb: 1\n", insert("", Some("b"), "k", "v"), "a: |\n  x\n  # no comment\nk: v\nb: 1\n");
    becomes("a:\n  x: 1\n  # of a\nb: 1\n", insert("", Some("b"), "k", "v"), "a:\n  x: 1\n  # of a\nk: v\nb: 1\n");
    becomes("a: {b: 1, c: 2}\n", insert("a", Some("c"), "k", "v"), "a: {b: 1, k: v, c: 2}\n");
    becomes("a: {\n  b: 1\n}\n", insert("a", Some("b"), "k", "v"), "a: {\n  k: v,\n  b: 1\n}\n");
    becomes("\u{FEFF}a: 1\n", insert("", Some("a"), "k", "v"), "\u{FEFF}k: v\na: 1\n");
    let elsewhere =
        |root: Ref<'_>| Edit::Insert { map: root.id(), before: Some(at(root, "a.b").id()), key: "k".into(), value: "v".into() };
    refused("a:\n  b: 1\n", elsewhere, Refusal::Form);
}

#[test]
fn entries_go() {
    becomes("a: 1\nb: 2 # c\n# of c\nc: 3\n", remove("b"), "a: 1\n# of c\nc: 3\n");
    becomes("a: 1\n# of b\nb:\n  x: 1 # one\n  # two\n  y: 2\nc: 3\n", remove("b!"), "a: 1\n# of b\nc: 3\n");
    becomes("a: 1\nb: 2", remove("b"), "a: 1\n");
    becomes("a: 1\nb: 2\n", remove("a"), "b: 2\n");
    becomes("\u{FEFF}a: 1\nb: 2\n", remove("a"), "\u{FEFF}b: 2\n");
    becomes("a: 1\n\nb: 2\n\nc: 3\n", remove("b"), "a: 1\n\nc: 3\n");
    becomes("a: 1\n\nb: 2\n", remove("b"), "a: 1\n");
    becomes("a: |+\n  x\n\nb: 2\n", remove("b"), "a: |+\n  x\n\n");
    becomes("a: 1\nb: |+\n  x\n\nc: 2\n", remove("b"), "a: 1\nc: 2\n");
    becomes("a: 1\nb: >\n  x\n  y\n\nc: 2\n", remove("b"), "a: 1\n\nc: 2\n");
    becomes("a:\n  - env:\n      A: 1\n    run: x\n", remove("a.0.env"), "a:\n  - run: x\n");
    becomes("a:\n  - env: 1 # c\n    # of run\n    run: x\n", remove("a.0.env"), "a:\n  - # of run\n    run: x\n");
    becomes("a:\n  - x: 1\n    env: 1\n  - y: 1\n", remove("a.0.env"), "a:\n  - x: 1\n  - y: 1\n");
    becomes("a: &x 1\nb: *x\nc: 1\n", remove("b!"), "a: &x 1\nc: 1\n");
    // In flow style.
    becomes("a: {b: 1, c: 2, d: 3}\n", remove("a.b"), "a: {c: 2, d: 3}\n");
    becomes("a: {b: 1, c: 2, d: 3}\n", remove("a.c"), "a: {b: 1, d: 3}\n");
    becomes("a: {b: 1, c: 2}\n", remove("a.c"), "a: {b: 1}\n");
    becomes("a: { b: 1 }\n", remove("a.b"), "a: {}\n");
    becomes("a: {\n  b: 1, # one\n  c: 2 # two\n}\n", remove("a.b"), "a: {\n  c: 2 # two\n}\n");
    becomes("a: {\n  b: 1, # one\n  c: 2 # two\n}\n", remove("a.c"), "a: {\n  b: 1, # one\n}\n");
    becomes("a: {\n  b: 1,\n  c: 2 # two\n}\n", remove("a.c"), "a: {\n  b: 1\n}\n");
    // What would leave nothing, or take from others.
    refused("a:\n  b: 1\n", remove("a.b"), Refusal::Form);
    refused("a: &x {b: 1}\nc: *x\n", remove("a.b"), Refusal::Shared);
    refused("a: &x {b: 1}\nc: *x\n", remove("a!"), Refusal::Shared);
    refused("a: 1\n? b\n: 1\n", remove("b"), Refusal::Form);
    refused("a: 1\n", remove(""), Refusal::Form);
    // The second of two keys that are the same.
    let second = |root: Ref<'_>| Edit::Remove { entry: root.entries().nth(1).expect("an entry").0.id() };
    becomes("a: 1\na: 2\n", second, "a: 1\n");
}

#[test]
fn items_go() {
    becomes("a:\n  - x\n  - y # c\n  # of z\n  - z\n", remove("a.1"), "a:\n  - x\n  # of z\n  - z\n");
    becomes("a:\n- x\n- y\n", remove("a.0"), "a:\n- y\n");
    becomes("a:\n- x\n-\n  b: 1\n  c: 2\nd: 1\n", remove("a.1"), "a:\n- x\nd: 1\n");
    becomes("- - x\n  - y\n- z\n", remove("0.0"), "- - y\n- z\n");
    becomes("- - x\n  - y\n- z\n", remove("0"), "- z\n");
    becomes("a: [x, y, z]\n", remove("a.0"), "a: [y, z]\n");
    becomes("a: [x, y, z]\n", remove("a.2"), "a: [x, y]\n");
    becomes("a: [x]\n", remove("a.0"), "a: []\n");
    becomes("a: [\n  x,\n  y, # c\n  z,\n]\n", remove("a.1"), "a: [\n  x,\n  z,\n]\n");
    becomes("a: [\n  x,\n  y,\n]\n", remove("a.1"), "a: [\n  x,\n]\n");
    becomes("a: [x, y, # c\n  z]\n", remove("a.1"), "a: [x, # c\n  z]\n");
    refused("a:\n  - x\nb: 1\n", remove("a.0"), Refusal::Form);
}

#[test]
fn scalars_become_others() {
    becomes("a: 1 # c\n", set("a", false), "a: false # c\n");
    becomes("a:\n", set("a", false), "a: false\n");
    becomes("if: |\n  ${{ a.b == 'c' }}\n\nb: 1\n", set("if", "${{ a.b == 'c' }}"), "if: ${{ a.b == 'c' }}\n\nb: 1\n");
    becomes("a: >- # c\n  x\n  y\nb: 1\n", set("a", "z: 1"), "a: 'z: 1' # c\nb: 1\n");
    becomes("a: |\n  x", set("a", false), "a: false");
    becomes("a: |2\n    x\n   y\n", set("a", "x\n\ny"), "a: |-\n  x\n\n  y\n");
    becomes("- a: >\n    x\n\n  b: 1\n", set("0.a", "x\ny\n"), "- a: |\n    x\n    y\n\n  b: 1\n");
    becomes("a: |\n  x\n", set("a", " x\ny"), "a: \" x\\ny\"\n");
    // A mapping in the place of a scalar.
    let read = || map(&[("contents", "read".into()), ("x", map(&[("y", "z".into())]))]);
    becomes("a: write-all\nb: 1\n", set("a", map(&[])), "a: {}\nb: 1\n");
    becomes("a: write-all\nb: 1\n", set("a", read()), "a:\n  contents: read\n  x:\n    y: z\nb: 1\n");
    becomes("a: write-all # c\n", set("a", read()), "a: {contents: read, x: {y: z}} # c\n");
    becomes("a: # c\nb: 1\n", set("a", read()), "a: # c\n  contents: read\n  x:\n    y: z\nb: 1\n");
    becomes("a: [x]\n", set("a.0", read()), "a: [{contents: read, x: {y: z}}]\n");
    refused("a: [x]\n", set("a", map(&[])), Refusal::Form);
    // What is given as plain has to be.
    refused("a: x\n", set("a", Value::Plain("b: c".to_owned())), Refusal::Mismatch);
}

#[test]
fn edits_of_one_fix_go_together() {
    let splice = |root: Ref<'_>| {
        let scalar = at(root, "a.0.run");
        let start = scalar.text().and_then(|text| text.find("OLD")).expect("OLD");
        Edit::Splice { scalar: scalar.id(), decoded: start..start + 3, text: "$NEW".to_owned() }
    };
    let env = || map(&[("NEW", "${{ x }}".into())]);
    become_of(
        "a:\n  - shell: sh # c\n    name: x\n    run: |\n      echo OLD\n\n  - b\n",
        |root| vec![splice(root), insert("a.0", None, "env", env())(root), remove("a.0.shell")(root)],
        "a:\n  - name: x\n    run: |\n      echo $NEW\n    env:\n      NEW: ${{ x }}\n\n  - b\n",
    );
    // The last goes and another comes; all in front of it go.
    let replaced = |root: Ref<'_>| vec![remove("a.0.c")(root), insert("a.0", None, "c", "2")(root)];
    become_of("a:\n  - b: 1 # b\n    c: 1 # c\n", replaced, "a:\n  - b: 1 # b\n    c: '2'\n");
    let both = |root: Ref<'_>| vec![remove("a.0.b")(root), remove("a.0.c")(root)];
    become_of("a:\n  - b: 1\n    c: 1 # c\n    d: 1\n", both, "a:\n  - d: 1\n");
    assert_eq!(edited("a:\n  - b: 1\n    c: 1\n", both), Err(Refusal::Form));
    // Two at one place, whatever the order: the inner mapping ends where the outer one does.
    let nested = |root: Ref<'_>| {
        let comment = Edit::Comment { after: at(root, "a.b").id(), text: "v1".to_owned() };
        vec![insert("", None, "k", "v")(root), insert("a", None, "k", "v")(root), comment]
    };
    become_of("a:\n  b: 1\n", nested, "a:\n  b: 1 # v1\n  k: v\nk: v\n");
}

fn text_edit(start: usize, end: usize, text: &str) -> TextEdit {
    TextEdit { span: Span::new(start, end), text: text.to_owned() }
}

#[test]
fn fixes_of_one_file_are_merged_or_left_out() {
    let lowered = |text: &str, edits: &[&dyn Fn(Ref<'_>) -> Edit]| {
        let source = Source::new("f", text.as_bytes(), Origin::Unknown);
        let document = Document::read(&source, Dialect::GITHUB);
        lower(&document, &edits.iter().map(|edit| edit(document.root().expect("a root"))).collect::<Vec<_>>()).expect("edits")
    };
    let text = "a:\n  uses: x\nb:\n  - 1\n  - 2\n";
    let with = lowered(text, &[&insert("a", None, "with", credentials())]);
    let env = lowered(text, &[&insert("a", None, "env", map(&[("A", "b".into())]))]);
    let pin: &[&dyn Fn(Ref<'_>) -> Edit] =
        &[&set("a.uses", "y"), &|root| Edit::Comment { after: at(root, "a.uses").id(), text: "v1".to_owned() }];
    let pin = lowered(text, pin);
    // A line goes on, and new lines come behind it, whichever was first.
    let merged = "a:\n  uses: y # v1\n  with:\n    persist-credentials: false\nb:\n  - 1\n  - 2\n".to_owned();
    assert_eq!(merge(text, &[&with, &env, &pin]), (vec![0, 2], merged.clone()));
    assert_eq!(merge(text, &[&pin, &with]), (vec![0, 1], merged));
    // One key in two places.
    let early = lowered(text, &[&insert("a", Some("uses"), "with", credentials())]);
    assert_eq!(merge(text, &[&early, &with, &pin]).0, [0, 2]);
    // Each may go, not both.
    let (one, two) = (lowered(text, &[&remove("b.0")]), lowered(text, &[&remove("b.1")]));
    assert_eq!(merge(text, &[&one, &two]), (vec![0], "a:\n  uses: x\nb:\n  - 2\n".to_owned()));
    // What does not fit at all.
    let odd = [text_edit(5, 6, ""), text_edit(2, 3, "")];
    assert_eq!(merge(text, &[&odd, &[text_edit(999, 999, "x")], &[]]), (vec![], text.to_owned()));
}

/// How many edits were tried, and how many of them were refused.
#[derive(Default)]
struct Tally {
    tried: usize,
    refused: usize,
}

/// The lines of a text that no edit touches stand in the edited text, in the same order, around what was edited.
fn assert_lines_stay(text: &str, lowered: &[TextEdit], after: &str) {
    let (Some(first), Some(last)) = (lowered.first(), lowered.last()) else { return };
    let start = text[..first.span.start as usize].rfind('\n').map_or(0, |at| at + 1);
    let end = last.span.end as usize;
    let rest = text[end..].find('\n').map_or("", |at| &text[end + at..]);
    assert!(after.starts_with(&text[..start]) && after.ends_with(rest));
}

fn edits_of(node: Ref<'_>) -> Vec<(&'static str, Edit)> {
    let mut edits = Vec::new();
    let map = node.id();
    let next = node.entries().last().map(|(key, _)| key.id());
    if node.kind() == Kind::Mapping {
        let nested = || map_of_env();
        edits.push(("insert text", Edit::Insert { map, before: None, key: "zz-new".into(), value: "v: w".into() }));
        edits.push(("insert nested", Edit::Insert { map, before: None, key: "zz-new".into(), value: nested() }));
        edits.push(("insert before", Edit::Insert { map, before: next, key: "zz-new".into(), value: nested() }));
    }
    if node.kind() == Kind::Scalar {
        edits.push(("set text", Edit::Set { node: map, value: "echo x && y".into() }));
        edits.push(("set lines", Edit::Set { node: map, value: "echo x\n\n  y\n".into() }));
        edits.push(("set plain", Edit::Set { node: map, value: false.into() }));
        edits.push(("set map", Edit::Set { node: map, value: map_of_env() }));
    }
    let siblings = node.parent().map_or(0, |parent| parent.entries().count() + parent.items().count());
    if siblings > 1 {
        edits.push(("remove", Edit::Remove { entry: map }));
    }
    edits
}

fn map_of_env() -> Value {
    map(&[("A", false.into()), ("B", "${{ x }}".into())])
}

/// Edits at random places; those that are refused are counted, those that are made are merged.
fn try_edits(text: &str, random: &mut Random, tallies: &mut BTreeMap<&'static str, Tally>) {
    let source = Source::new("f", text.as_bytes(), Origin::Unknown);
    let document = Document::read(&source, Dialect::GITHUB);
    let nodes: Vec<Ref<'_>> = document.roots().flat_map(all_nodes).filter(|node| !node.is_shared()).collect();
    let (mut made, mut fixes) = (Vec::new(), Vec::new());
    for _ in 0..if nodes.is_empty() { 0 } else { 6 } {
        for (form, edit) in edits_of(nodes[random.below(nodes.len())]) {
            let tally = tallies.entry(form).or_default();
            tally.tried += 1;
            let Ok(lowered) = lower(&document, std::slice::from_ref(&edit)) else {
                tally.refused += 1;
                continue;
            };
            assert_lines_stay(text, &lowered, &apply(text, &lowered).expect("edits that fit"));
            made.push(edit);
            fixes.push(lowered);
        }
    }
    // Fixes that are merged make what they make as one.
    let (applied, merged) = merge(text, &fixes.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let together: Vec<Edit> = applied.iter().map(|at| made[*at].clone()).collect();
    let lowered = lower(&document, &together).unwrap_or_else(|refusal| panic!("{refusal:?}: {together:?} in\n{text}"));
    assert_eq!(apply(text, &lowered), Some(merged), "{together:?} in\n{text}");
    assert!(fixes.is_empty() || !applied.is_empty());
}

#[test]
fn edits_of_real_files_are_rarely_refused() {
    let mut random = Random(7);
    let mut tallies = BTreeMap::new();
    for corpus in ["github-real", "gitlab-real"] {
        let Some(folder) = corpora::folder(corpus) else { continue };
        for path in corpora::files(&folder, &[".yml", ".yaml"]) {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            try_edits(&text, &mut random, &mut tallies);
            try_edits(&text.replace('\n', "\r\n"), &mut random, &mut tallies);
        }
    }
    for (form, Tally { tried, refused }) in tallies {
        eprintln!("{form}: {refused} of {tried} refused");
        assert!(refused * 20 < tried, "{form} is refused too often");
    }
}

/// All values and items, in the order of the file, without what only aliases show.
fn all_nodes(root: Ref<'_>) -> Vec<Ref<'_>> {
    let mut found = vec![root];
    let mut at = 0;
    while let Some(node) = found.get(at).copied() {
        at += 1;
        found.extend(node.items().chain(node.entries().map(|(_, value)| value)).filter(|child| child.via().is_none()));
    }
    found
}
