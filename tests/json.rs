//! Reading JSON: what is JSON and what is not, that it is read as another reader reads it, and that `locate` is exact.

use policy_core::document::edit::{Edit, Refusal, apply, lower};
use policy_core::document::{Dialect, Document, Kind, ProblemKind, Ref, Style};
use policy_core::source::{Origin, Source, Span};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::corpora;

fn with<T>(bytes: &[u8], check: impl FnOnce(&Document<'_>) -> T) -> T {
    let source = Source::new("f.json", bytes, Origin::Unknown);
    let document = Document::read(&source, Dialect::JSON);
    check(&document)
}

fn problems(bytes: &[u8]) -> Vec<(ProblemKind, Span)> {
    with(bytes, |document| document.problems().iter().map(|problem| (problem.kind, problem.span)).collect())
}

/// Holds a node against what serde_json reads. Of keys that stand twice it keeps the last.
fn same(node: Ref<'_>, value: &Value) -> bool {
    let text = || node.text().expect("a scalar");
    match value {
        Value::Null => node.is_null(),
        Value::Bool(value) => node.style() == Style::Plain && node.document().dialect().boolean(text()) == Some(*value),
        Value::Number(_) => node.style() == Style::Plain && serde_json::from_str::<Value>(text()).is_ok_and(|read| read == *value),
        Value::String(value) => node.style() == Style::DoubleQuoted && text() == value,
        Value::Array(values) => {
            node.kind() == Kind::Sequence
                && node.items().count() == values.len()
                && node.items().zip(values).all(|(item, value)| same(item, value))
        }
        Value::Object(values) => {
            let key = |key: Ref<'_>| key.text().expect("a key").to_owned();
            let last: std::collections::BTreeMap<_, _> = node.entries().map(|(name, value)| (key(name), value)).collect();
            node.kind() == Kind::Mapping
                && last.len() == values.len()
                && last.iter().all(|(name, node)| values.get(name).is_some_and(|value| same(*node, value)))
        }
    }
}

/// Every character of a string, as it is written, means that character; what is not escaped is one piece.
fn check_scalar(scalar: Ref<'_>) {
    let text = scalar.text().expect("a scalar");
    let written = |range| scalar.source().slice(scalar.locate(range));
    assert_eq!(scalar.locate(0..text.len()), inner(scalar));
    let mut end = inner(scalar).start;
    for (at, character) in text.char_indices() {
        let span = scalar.locate(at..at + character.len_utf8());
        assert_eq!(span.start, end, "what is written has no gaps");
        end = span.end;
        let written = written(at..at + character.len_utf8());
        match serde_json::from_str::<String>(&format!("\"{written}\"")) {
            Ok(decoded) => assert_eq!(decoded, character.to_string()),
            // Half of a surrogate pair, which serde_json refuses.
            Err(_) => assert!(character == char::REPLACEMENT_CHARACTER && written.starts_with("\\u") && written.len() == 6),
        }
    }
    assert_eq!(end, inner(scalar).end);
}

fn inner(scalar: Ref<'_>) -> Span {
    let (span, quotes) = (scalar.span(), u32::from(scalar.style() != Style::Plain));
    Span { start: span.start + quotes, end: span.end - quotes }
}

/// Whether the text is JSON: by this reader, and by one that knows only the grammar.
fn check_grammar(text: &str) -> bool {
    let ours = with(text.as_bytes(), |document| {
        document.scalars().for_each(check_scalar);
        let broken = document.problems().iter().find(|problem| problem.kind != ProblemKind::DuplicateKey);
        assert_eq!(document.root().is_some(), broken.is_none(), "{text:?}");
        assert!(document.problems().iter().all(|problem| problem.span.end as usize <= text.len()), "{text:?}");
        broken.is_none()
    });
    let theirs = serde_json::from_str::<&RawValue>(text).is_ok();
    assert_eq!(ours, theirs, "{text:?}: {:?}", problems(text.as_bytes()));
    ours
}

const VALID: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "10",
    "1.5",
    "0.25",
    "1e9",
    "1E+9",
    "1e-009",
    "-0.0e0",
    "123456789012345678901234567890",
    "1e999999",
    "\"\"",
    "\"a\"",
    "\"\u{7F}\"",
    "\"\u{2028}\u{FFFF}\u{85}\u{A0}\"",
    "\"é😀\"",
    r#""\"\\\/\b\f\n\r\t""#,
    r#""\u0041\u00e9\u20AC\ud83d\ude00""#,
    r#""\u0000\u001f""#,
    r#""\uFEFF\uFFFF""#,
    r#""\ud83d""#,
    r#""\ude00\ud83d""#,
    r#""\ud83dx\ude00""#,
    r#""\ud83d\ud83d\ude00""#,
    r#""\ud83d\n""#,
    r#""// no comment, [no array]""#,
    "[]",
    "{}",
    " [ ] ",
    "\t{\r\n}\n",
    "[1,2]",
    "[ 1 , 2 ]",
    "[[],[[]],{}]",
    "[null,true,false,\"\",0]",
    r#"{"a":1}"#,
    "{ \"a\" : 1 , \"b\" : [ ] }",
    r#"{"":0}"#,
    r#"{"a":{"b":{"c":[{"d":null}]}}}"#,
    r#"{"a":1,"a":2}"#,
    r#"{"a":1,"A":2}"#,
    r#"{"\u0061":1,"b":2}"#,
];

/// Texts, and where each stops being JSON.
const INVALID: &[(&str, usize)] = &[
    ("", 0),
    (" \n", 2),
    ("[", 1),
    ("{", 1),
    ("]", 0),
    ("}", 0),
    (",", 0),
    (":", 0),
    ("[1", 2),
    ("[1,", 3),
    ("[1,]", 2),
    ("[,1]", 1),
    ("[1,,2]", 3),
    ("[1 2]", 3),
    ("[1;2]", 2),
    ("[1}", 2),
    ("[1:2]", 2),
    ("[1]]", 3),
    ("[] []", 3),
    ("{}}", 2),
    ("1 2", 2),
    ("null,", 4),
    ("[1] // c", 4),
    ("// c\n1", 0),
    ("[ # c\n]", 2),
    ("/* c */ 1", 0),
    ("{\"a\"}", 4),
    ("{\"a\":}", 5),
    ("{\"a\":1", 6),
    ("{\"a\":1,}", 6),
    ("{\"a\":1,", 7),
    ("{\"a\":1]", 6),
    ("{\"a\" 1}", 5),
    ("{\"a\"=1}", 4),
    ("{\"a\":1 \"b\":2}", 7),
    ("{\"a\",1}", 4),
    ("{\"a\"::1}", 5),
    ("{a:1}", 1),
    ("{'a':1}", 1),
    ("{1:1}", 1),
    ("{null:1}", 1),
    ("{[]:1}", 1),
    ("{,}", 1),
    ("'a'", 0),
    ("`a`", 0),
    ("a", 0),
    ("nul", 0),
    ("nulll", 4),
    ("True", 0),
    ("NaN", 0),
    ("-NaN", 1),
    ("Infinity", 0),
    ("-Infinity", 1),
    ("undefined", 0),
    ("01", 0),
    ("-01", 1),
    ("00", 0),
    ("+1", 0),
    (".5", 0),
    ("-.5", 1),
    ("-", 1),
    ("--1", 1),
    ("1.", 2),
    ("1.e1", 2),
    ("1e", 2),
    ("1e+", 3),
    ("1e1.5", 3),
    ("1.2.3", 3),
    ("0x10", 1),
    ("1_000", 1),
    ("1a", 1),
    ("１", 0),
    ("\"", 0),
    ("[\"a", 1),
    ("\"a\\\"", 0),
    ("\"a\\", 3),
    ("\"a\nb\"", 2),
    ("\"a\tb\"", 2),
    ("\"\\n\u{1F}\"", 3),
    ("\"a\r\n", 2),
    (r#""\x41""#, 2),
    (r#""\a""#, 2),
    (r#""\'""#, 2),
    (r#""\é""#, 2),
    (r#""\U0001F600""#, 2),
    (r#""\u""#, 3),
    (r#""\u12""#, 5),
    (r#""\u12G4""#, 5),
    (r#""\u+123""#, 3),
    (r#""\ud83d\u""#, 9),
    (r#""\ud83d\u12x4""#, 11),
    ("\u{A0}1", 0),
    ("1\u{C}", 1),
    ("1\u{B}", 1),
    ("[1\u{2028}]", 2),
    ("\u{FEFF}\u{FEFF}1", 3),
    ("[\u{FEFF}]", 1),
    ("\"a\" \"b\"", 4),
    ("\"a\"b", 3),
    ("{\"a\":\"b\"\"c\":1}", 8),
    ("...", 0),
    ("--- 1", 1),
    ("*", 0),
    ("&a 1", 0),
];

#[test]
fn what_is_json_is_read_and_nothing_else() {
    for text in VALID {
        assert!(check_grammar(text), "{text:?}: {:?}", problems(text.as_bytes()));
    }
    for (text, at) in INVALID {
        assert!(!check_grammar(text), "{text:?}");
        let found = problems(text.as_bytes());
        assert_eq!(found.len(), 1, "{text:?}");
        assert_eq!((found[0].0, found[0].1.start as usize), (ProblemKind::Syntax, *at), "{text:?}");
    }
    assert!(VALID.len() + INVALID.len() >= 140);
}

#[test]
fn what_is_wrong_is_said_without_the_text() {
    let message = |text: &str| with(text.as_bytes(), |document| document.problems()[0].message.clone());
    assert_eq!(message("{\"a\": 1,\n}"), "a comma that nothing comes after: JSON takes none behind the last value");
    assert_eq!(message("{\"a\": 'b'}"), "JSON takes double quotes only");
    assert_eq!(message("// c\n{}"), "JSON has no comments");
    assert_eq!(message("{\"a\": 1"), "the text ends within an object: close it with `}`");
    assert_eq!(message("[hunter2]").find("hunter2"), None);
    assert_eq!(message("[1]\0"), "a NUL byte, which no JSON holds");
}

#[test]
fn a_byte_order_mark_is_let_pass() {
    let text = "\u{FEFF}{\"a\": [1, \"b\"]}\n";
    with(text.as_bytes(), |document| {
        assert_eq!(document.problems(), []);
        let a = document.root().and_then(|root| root.get("a")).expect("a");
        assert_eq!(document.source().slice(a.span()), "[1, \"b\"]");
    });
    assert_eq!(problems("\u{FEFF}".as_bytes()), [(ProblemKind::Syntax, Span::new(3, 3))]);
}

#[test]
fn bytes_that_are_no_text_are_problems() {
    assert_eq!(problems(b"\"\xFF\""), [(ProblemKind::InvalidUtf8, Span::new(1, 2))]);
    assert_eq!(problems(b"[1\0]"), [(ProblemKind::Encoding, Span::new(2, 3))]);
    assert_eq!(problems(b"\xFF\xFE[\0]\0"), [(ProblemKind::Encoding, Span::new(0, 1))]);
}

#[test]
fn nodes_are_as_those_of_yaml_in_flow_style() {
    let text = "{\n  \"on\": [ \"push\", 1.50, null ],\n  \"k\\n\": {\"x\": true}\n}\n";
    with(text.as_bytes(), |document| {
        let root = document.root().expect("a root");
        assert_eq!((root.kind(), root.style(), root.span()), (Kind::Mapping, Style::Flow, Span::new(0, text.len() - 1)));
        let on = root.get("on").expect("on");
        assert_eq!((on.kind(), on.style()), (Kind::Sequence, Style::Flow));
        assert_eq!(document.source().slice(on.span()), "[ \"push\", 1.50, null ]");
        let items: Vec<_> = on.items().map(|item| (item.style(), item.text().expect("text"), item.is_null())).collect();
        assert_eq!(items, [(Style::DoubleQuoted, "push", false), (Style::Plain, "1.50", false), (Style::Plain, "null", true)]);
        let x = root.get("k\n").and_then(|k| k.get("x")).expect("x");
        assert_eq!(x.key().and_then(Ref::text), Some("x"));
        assert_eq!(x.parent().and_then(Ref::key).and_then(Ref::text), Some("k\n"));
        assert_eq!(document.expanded(), 2 + 1 + 2 + 3 + 1 + 2 + 2);
        assert_eq!(document.roots().count(), 1);
        assert_eq!(document.difference(&Document::read_by_parser(document.source(), Dialect::JSON)), None);
    });
}

#[test]
fn nothing_in_json_is_a_comment_or_a_quoted_null() {
    with(b"[\"# a\", \"null\", \"\", \"true\"]", |document| {
        assert_eq!(document.comments(), []);
        assert!(document.scalars().all(|scalar| !scalar.is_null()));
    });
    with(b"[1] # a", |document| assert_eq!(document.comments(), []));
}

#[test]
fn both_entries_of_a_key_are_kept() {
    let text = r#"{"a": 1, "b": {"c": 1, "\u0063": 2}, "A": 3, "a": 4}"#;
    with(text.as_bytes(), |document| {
        let found: Vec<_> =
            document.problems().iter().map(|problem| (problem.kind, document.source().slice(problem.span))).collect();
        assert_eq!(found, [(ProblemKind::DuplicateKey, r#""\u0063""#), (ProblemKind::DuplicateKey, r#""a""#)]);
        let root = document.root().expect("a root");
        assert_eq!(root.entries().count(), 4);
        assert_eq!(root.get("a").and_then(Ref::text), Some("1"));
    });
}

#[test]
fn depth_and_number_are_bounded() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert_eq!(problems(nested(255).as_bytes()), []);
    assert_eq!(problems(nested(256).as_bytes()), [(ProblemKind::TooComplex, Span::new(255, 256))]);
    for opening in ["[", "{\"a\":", "[{\"a\":"] {
        let found = problems(opening.repeat(100_000).as_bytes());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, ProblemKind::TooComplex);
    }
    let many = "0,".repeat(1_000_001);
    with(format!("[{many}0]").as_bytes(), |document| {
        assert_eq!(document.problems()[0].kind, ProblemKind::TooComplex);
        assert!(document.root().is_none());
    });
    let twice = format!("{{{}\"k\":0}}", (0..50_000).map(|at| format!("\"k{}\":0,", at % 25_000)).collect::<String>());
    assert_eq!(problems(twice.as_bytes()).len(), 25_000);
}

#[test]
fn long_strings_are_read() {
    let key = "k".repeat(1 << 20);
    let escaped = "\\n".repeat(1 << 19);
    with(format!("{{\"{key}\": \"{escaped}\", \"{escaped}\": 1}}").as_bytes(), |document| {
        assert_eq!(document.problems(), []);
        let value = document.root().and_then(|root| root.get(&key)).expect("the key");
        assert_eq!(value.text().map(str::len), Some(1 << 19));
        assert_eq!(document.source().slice(value.locate(100..101)), "\\n");
    });
    assert_eq!(problems("\"\\\\".repeat(1 << 19).as_bytes())[0].0, ProblemKind::Syntax);
}

#[test]
fn real_files_are_read_as_another_reader_reads_them() {
    let Some(folder) = corpora::folder("scan-reports") else { return };
    let (mut read, mut broken, mut scalars) = (0, 0, 0);
    for path in corpora::files(&folder, &[".json", ".sarif"]) {
        let bytes = std::fs::read(&path).expect("a readable file");
        let theirs = serde_json::from_slice::<Value>(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes));
        with(&bytes, |document| match (document.root(), theirs) {
            (Some(root), Ok(value)) => {
                assert!(same(root, &value), "{}", path.display());
                // Located one by one it is slow on the few that are huge.
                document.scalars().filter(|scalar| scalar.span().range().len() < 10_000).for_each(check_scalar);
                scalars += document.scalars().count();
                read += 1;
            }
            (None, Err(_)) => broken += 1,
            (root, theirs) => panic!("{}: {root:?} {:?} {:?}", path.display(), document.problems(), theirs.err()),
        });
    }
    eprintln!("{read} files with {scalars} scalars, {broken} are not JSON");
    assert!(read > 100);
}

fn edited(text: &str, edits: impl Fn(Ref<'_>) -> Vec<Edit>) -> Result<String, Refusal> {
    let source = Source::new("f.json", text.as_bytes(), Origin::Unknown);
    let document = Document::read(&source, Dialect::JSON);
    let lowered = lower(&document, &edits(document.root().expect("a root")))?;
    let text = apply(text, &lowered).expect("edits that fit");
    assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
    Ok(text)
}

#[test]
fn edits_of_json_give_json() {
    let a = |root: Ref<'_>| root.get("a").expect("a").id();
    let set = |new: &'static str| move |root: Ref<'_>| vec![Edit::Set { node: a(root), value: new.into() }];
    assert_eq!(edited(r#"{"a": 1}"#, set("x")).as_deref(), Ok(r#"{"a": "x"}"#));
    assert_eq!(edited(r#"{"a": "b"}"#, set("it's \"true\"\\\n\u{1}")).as_deref(), Ok(r#"{"a": "it's \"true\"\\\n\u0001"}"#));
    let splice = |range: std::ops::Range<usize>, new: &'static str| {
        move |root: Ref<'_>| vec![Edit::Splice { scalar: a(root), decoded: range.clone(), text: new.to_owned() }]
    };
    assert_eq!(edited(r#"{"a": "\u0041\ud83d\ude00z"}"#, splice(1..5, "\"")).as_deref(), Ok(r#"{"a": "\u0041\"z"}"#));
    assert_eq!(edited(r#"{"a": 123}"#, splice(1..2, "9")).as_deref(), Ok(r#"{"a": 193}"#));
    assert_eq!(edited(r#"{"a": 123}"#, splice(1..2, "x")).as_deref(), Ok(r#"{"a": "1x3"}"#));
    // Without what stands between them the two halves would be one character.
    assert_eq!(edited(r#"{"a": "\ud83dx\ude00"}"#, splice(3..4, "")), Err(Refusal::Mismatch));
    let insert = |root: Ref<'_>| vec![Edit::Insert { map: root.id(), before: None, key: "k".to_owned(), value: "v".into() }];
    assert_eq!(edited("{}", insert).as_deref(), Ok(r#"{"k": "v"}"#));
    assert_eq!(edited(r#"{"a": [1] }"#, insert).as_deref(), Ok(r#"{"a": [1], "k": "v" }"#));
    assert_eq!(edited("{\n  \"a\": 1\n}\n", insert).as_deref(), Ok("{\n  \"a\": 1,\n  \"k\": \"v\"\n}\n"));
    let comment = |root: Ref<'_>| vec![Edit::Comment { after: a(root), text: "c".to_owned() }];
    assert_eq!(edited("{\"a\": 1\n}", comment), Err(Refusal::Form));
}

mod generated {
    use proptest::prelude::*;
    use serde_json::{Number, Value};

    use super::{check_grammar, check_scalar, same, with};

    fn values() -> impl Strategy<Value = Value> {
        let text = || prop_oneof![".{0,12}", "[\"\\\\/\u{8}\u{C}\n\r\tA é😀\u{FFFF}\u{0}-\u{1F}]{0,12}"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(|number| Number::from_f64(number).map_or(Value::Null, Value::Number)),
            text().prop_map(Value::String),
        ];
        leaf.prop_recursive(6, 64, 8, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
                proptest::collection::btree_map(text(), inner, 0..8).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    // Which of the ways to write a character or a blank comes next.
    struct Ways(u64);

    impl Ways {
        fn next(&mut self, count: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % count
        }

        fn blank(&mut self) -> &'static str {
            ["", "", "", " ", "\n  ", "\r\n\t"][self.next(6) as usize]
        }
    }

    fn write_text(text: &str, ways: &mut Ways, out: &mut String) {
        out.push('"');
        for character in text.chars() {
            let short = "\"\"\\\\//b\u{8}f\u{C}n\nr\rt\t".chars().collect::<Vec<_>>();
            let short = short.chunks(2).find(|pair| pair[1] == character).map(|pair| pair[0]);
            let must = character < ' ' || matches!(character, '"' | '\\');
            match (ways.next(4), short) {
                (0..2, _) if !must => out.push(character),
                (0..3, Some(short)) => out.extend(['\\', short]),
                (upper, _) => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        *out += &if upper == 3 { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
                    }
                }
            }
        }
        out.push('"');
    }

    fn write(value: &Value, ways: &mut Ways, out: &mut String) {
        *out += ways.blank();
        match value {
            Value::String(text) => write_text(text, ways, out),
            Value::Array(values) => {
                out.push('[');
                for (at, value) in values.iter().enumerate() {
                    *out += if at > 0 { "," } else { "" };
                    write(value, ways, out);
                }
                *out += ways.blank();
                out.push(']');
            }
            Value::Object(values) => {
                out.push('{');
                for (at, (key, value)) in values.iter().enumerate() {
                    *out += if at > 0 { "," } else { "" };
                    *out += ways.blank();
                    write_text(key, ways, out);
                    *out += ways.blank();
                    out.push(':');
                    write(value, ways, out);
                }
                *out += ways.blank();
                out.push('}');
            }
            other => *out += &other.to_string(),
        }
        *out += ways.blank();
    }

    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        "{",
        "}",
        "[",
        "]",
        ",",
        ",",
        ":",
        ":",
        "\"a\"",
        "\"b\":",
        "\"a\":1",
        "\"",
        "\\",
        "\\n",
        "\\u00",
        "41",
        "\"\\ud83d",
        "\\ude00\"",
        "0",
        "1",
        "-",
        ".5",
        "1.5",
        "e",
        "E+2",
        "true",
        "false",
        "null",
        "nul",
        " ",
        "\n",
        "\t",
        "é",
        "'",
        "//",
        "#",
        "\u{1}",
        "\u{FEFF}",
        "[]",
        "{}",
        "[1,",
        "]]",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn values_are_read_as_they_were_written(value in values(), seed in any::<u64>()) {
            let mut text = String::new();
            write(&value, &mut Ways(seed), &mut text);
            with(text.as_bytes(), |document| {
                assert_eq!(document.problems(), [], "{text:?}");
                assert!(same(document.root().expect("a root"), &value), "{text:?}");
                document.scalars().for_each(check_scalar);
            });
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn what_another_reader_refuses_is_refused(pieces in proptest::collection::vec(prop::sample::select(PIECES), 1..16)) {
            let text = pieces.concat();
            // A byte order mark in front is no part of the grammar.
            check_grammar(text.trim_start_matches('\u{FEFF}'));
        }
    }
}
