//! Reading YAML: what becomes of hostile and odd input, and that `locate` is exact.

use policy_core::document::{Dialect, Document, Kind, ProblemKind, Ref, Style};
use policy_core::source::{Origin, Source, Span};

use crate::corpora;

fn with<T>(bytes: &[u8], check: impl FnOnce(&Document<'_>) -> T) -> T {
    let source = Source::new("f.yml", bytes, Origin::Unknown);
    let document = Document::read(&source, Dialect::GITHUB);
    check(&document)
}

fn problems(bytes: &[u8]) -> Vec<(ProblemKind, Span)> {
    with(bytes, |document| document.problems().iter().map(|problem| (problem.kind, problem.span)).collect())
}

#[test]
fn spans_are_what_a_reader_would_mark() {
    let text = "on: push\njobs:\n  a: &x\n    run: |  # c\n      one\n\n      two\n\n  b: {k: 'v', l: [1, \"2\"]}\n  c: *x\n  d:\nlast: >-\n  f g\n";
    with(text.as_bytes(), |document| {
        let root = document.root().expect("a root");
        let jobs = root.get("jobs").expect("jobs");
        let span = |node: Ref<'_>| document.source().slice(node.span()).to_owned();
        let a = jobs.get("a").expect("a");
        assert_eq!(span(a), "run: |  # c\n      one\n\n      two");
        assert_eq!(span(a.get("run").expect("run")), "|  # c\n      one\n\n      two");
        assert_eq!(a.get("run").and_then(Ref::text), Some("one\n\ntwo\n"));
        assert_eq!(span(jobs.get("b").expect("b")), "{k: 'v', l: [1, \"2\"]}");
        assert_eq!(span(jobs), text[text.find("  a:").unwrap() + 2..text.find("\nlast").unwrap()].trim_end_matches("\n"));
        let c = jobs.get("c").expect("c");
        assert!(c == a && c.via().is_some() && a.is_shared());
        assert!(jobs.get("d").expect("d").is_null());
        assert_eq!(a.get("run").and_then(Ref::key).and_then(Ref::text), Some("run"));
        assert_eq!(root.get("last").and_then(Ref::text), Some("f g"));
    });
}

#[test]
fn broken_input_becomes_problems() {
    assert_eq!(problems(b"a: 1\nb: 2\na: 3\n"), [(ProblemKind::DuplicateKey, Span::new(10, 11))]);
    assert_eq!(problems(b"a: 1\nA: 3\n"), [(ProblemKind::DuplicateKey, Span::new(5, 6))]);
    assert_eq!(problems(b"a: \xFFb\n"), [(ProblemKind::InvalidUtf8, Span::new(3, 4))]);
    assert_eq!(problems(b"a: 1\n\0evil: 2\n"), [(ProblemKind::Encoding, Span::new(5, 6))]);
    assert_eq!(problems(b"\xFF\xFEa\0"), [(ProblemKind::Encoding, Span::new(0, 1))]);
    assert_eq!(problems(b"a:\n\t- 1\n")[0].0, ProblemKind::Syntax);
    assert_eq!(problems(b"a: *gone\n"), [(ProblemKind::Alias, Span::new(3, 8))]);
    assert_eq!(problems(b"a: &x [*x]\n"), [(ProblemKind::Alias, Span::new(7, 9))]);
    assert_eq!(problems(&[b'['; 100_000])[0].0, ProblemKind::TooComplex);
    assert!(problems(b"\xEF\xBB\xBFon: push\r\n").is_empty());
}

#[test]
fn aliases_are_counted_not_expanded() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..40 {
        let before = level - 1;
        bomb += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 9].join(", "));
    }
    assert_eq!(problems(bomb.as_bytes())[0].0, ProblemKind::TooComplex);
    with(b"a: &a [x, y]\nb: *a\n", |document| assert_eq!(document.expanded(), 2 + 2 + 4 + 4));
}

#[test]
fn a_broken_document_does_not_hide_the_next() {
    with(b"a: [1\n---\nb: 2\n---\nc: 3\n", |document| {
        let keys: Vec<_> = document.roots().filter_map(|root| root.entries().next()?.0.text()).collect();
        assert_eq!(keys, ["b", "c"]);
        assert_eq!(document.problems().len(), 1);
    });
}

#[test]
fn an_error_between_documents_keeps_what_is_finished() {
    with(b"  : push\n:\na:\n    b:. c\n", |document| {
        assert!(document.roots().all(|root| root.entries().count() < 10));
        assert!(document.problems().iter().any(|problem| problem.kind == ProblemKind::Syntax));
    });
}

#[test]
fn comments_keep_their_place() {
    with(b"# top\na: 1 # right\n  # own\nb: '# no'\n", |document| {
        let comments: Vec<_> =
            document.comments().iter().map(|comment| (document.source().slice(comment.span), comment.own_line)).collect();
        assert_eq!(comments, [("# top", true), ("# right", false), ("# own", true)]);
    });
}

/// What one written character means; a break stands for itself or, folded, for a space: the ranges below decide which.
fn decode(scalar: Ref<'_>, written: &str, character: char) -> String {
    let breaks = written.is_empty() || (written.contains(['\n', '\r']) && written.chars().all(|c| c.is_ascii_whitespace()));
    match scalar.style() {
        _ if breaks && matches!(character, ' ' | '\n') => character.to_string(),
        Style::DoubleQuoted if !written.starts_with([' ', '\t']) => read_alone(&format!("\"{written}\"")),
        Style::SingleQuoted => written.replace("''", "'"),
        _ => written.to_owned(),
    }
}

/// What a written range that begins and ends with text means; none where that depends on what stands before it.
fn decode_range(scalar: Ref<'_>, written: &str, first_line: &str) -> Option<String> {
    let indent = first_line.len() - first_line.trim_start_matches(' ').len();
    match scalar.style() {
        Style::DoubleQuoted => Some(read_alone(&format!("\"{written}\""))),
        Style::SingleQuoted => Some(read_alone(&format!("'{written}'"))),
        Style::Plain => Some(read_alone(&format!("'{}'", written.replace('\'', "''")))),
        // A line that is indented more than its scalar is not folded, and so is not told from here.
        Style::Folded | Style::Literal if first_line.trim_start_matches(' ').starts_with('\t') => None,
        Style::Folded | Style::Literal => {
            let header = if scalar.style() == Style::Folded { ">-" } else { "|-" };
            let own_indent = scalar_indent(scalar)?;
            (own_indent == indent).then(|| read_alone(&format!("-\n  {header}\n{}{written}", " ".repeat(indent))))
        }
        Style::Block | Style::Flow => None,
    }
}

/// Columns that the lines of a block scalar drop: those of its first line with text.
fn scalar_indent(scalar: Ref<'_>) -> Option<usize> {
    let written = scalar.source().slice(scalar.span());
    let header = written.lines().next()?;
    let explicit = header.chars().any(|c| c.is_ascii_digit());
    let first = written.split(['\n', '\r']).skip(1).find(|line| !line.trim().is_empty())?;
    let indent = first.len() - first.trim_start_matches(' ').len();
    (!explicit && indent > 2).then_some(indent)
}

fn read_alone(yaml: &str) -> String {
    with(yaml.as_bytes(), |document| {
        let root = document.root().unwrap_or_else(|| panic!("{yaml:?}: {:?}", document.problems()));
        let scalar = if root.kind() == Kind::Scalar { root } else { root.items().next().expect("an item") };
        scalar.text().expect("a scalar").to_owned()
    })
}

/// Holds `locate` against the scalar for every character and for many ranges; gives the number of ranges.
fn check_scalar(scalar: Ref<'_>) -> usize {
    let text = scalar.text().expect("a scalar");
    let source = scalar.source();
    let characters: Vec<_> = text.char_indices().map(|(at, character)| (at, at + character.len_utf8(), character)).collect();
    let place = |span: Span| format!("{}:{}", source.path(), source.lines().line(span.start));
    let every = (characters.len() / 1000).max(1);
    let mut last_end = scalar.span().start;
    for &(start, end, character) in characters.iter().step_by(every) {
        let span = scalar.locate(start..end);
        assert!(span.start >= last_end, "{}: the characters run backwards", place(span));
        last_end = span.end;
        assert_eq!(decode(scalar, source.slice(span), character), character.to_string(), "{}", place(span));
    }
    let step = (characters.len() / 10).max(1);
    let mut ranges = 0;
    for (index, &(start, _, first)) in characters.iter().enumerate().step_by(step) {
        for &(_, end, last) in characters.iter().skip(index).step_by(step).take(10) {
            // A blank at the edge of a piece means something else alone than in its place.
            if first.is_whitespace() || last.is_whitespace() {
                continue;
            }
            let span = scalar.locate(start..end);
            let line = source.slice(source.lines().span(source.lines().line(span.start)));
            if let Some(decoded) = decode_range(scalar, source.slice(span), line) {
                assert_eq!(decoded, text[start..end], "{}: {:?}", place(span), source.slice(span));
                ranges += 1;
            }
        }
    }
    ranges
}

#[test]
fn locate_is_exact_over_real_yaml() {
    // Plain words take one way, and there are millions of them.
    let is_asked = |(at, scalar): &(usize, Ref<'_>)| at.is_multiple_of(8) || scalar.style() != Style::Plain;
    for name in ["github-real", "gitlab-real", "k8s-real", "pss"] {
        let Some(folder) = corpora::folder(name) else { continue };
        let (mut scalars, mut ranges) = (0, 0);
        for path in corpora::files(&folder, &[".yml", ".yaml"]) {
            let bytes = std::fs::read(&path).expect("a readable file");
            let path = path.to_string_lossy().into_owned();
            let source = Source::new(&path, &bytes, Origin::Unknown);
            let document = Document::read(&source, Dialect::GITHUB);
            for (_, scalar) in document.scalars().enumerate().filter(is_asked) {
                ranges += check_scalar(scalar);
                scalars += 1;
            }
        }
        eprintln!("{name}: {scalars} scalars, {ranges} ranges");
        assert!(scalars > 1000 && ranges > 1000, "{name} is nearly empty");
    }
}

#[test]
fn locate_knows_every_escape_and_fold() {
    let text = concat!(
        "a: \"x\\ty \\u00e9\\U0001F600\\ud83d\\ude00 \\\"q\\\" \\x41 \\N\\_\\L\\P end\"\n",
        "b: \"one\n  two\n\n\n  three \\\n   four\\\n\n  five\"\n",
        "c: 'it''s\n\n   two'\n",
        "d: plain text\n  goes on\n\n  and on\n",
        "e: |\r\n      indented\r\n        more\r\n\r\n      back\r\n\r\n",
        "f: >\n      folded\n      text\n\n      after\n        more\n      less\n\n\n      end\n",
        "g: >+\n      kept\n\n\nh: |2-\n      two\n\n   three\n",
        "i: |-\n\n\n      late\nj: |\n      no break at the end",
    );
    with(text.as_bytes(), |document| {
        assert_eq!(document.problems(), []);
        let ranges: usize = document.scalars().map(check_scalar).sum();
        assert!(ranges > 100, "{ranges}");
    });
}

/// Holds the quick reader against the parser; gives whether the quick one read the file.
pub(crate) fn check_common(path: &str, bytes: &[u8]) -> bool {
    let source = Source::new(path, bytes, Origin::Unknown);
    let (document, parsed) = (Document::read(&source, Dialect::GITHUB), Document::read_by_parser(&source, Dialect::GITHUB));
    if let Some(span) = document.difference(&parsed) {
        let nodes = |document: &Document<'_>| {
            document.scalars().map(|scalar| (scalar.span(), scalar.style(), scalar.text().map(str::to_owned))).collect::<Vec<_>>()
        };
        let (ours, theirs) = (nodes(&document), nodes(&parsed));
        let first = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
        panic!(
            "{path}:{}: read in two ways\n{first:#?}\n{:?}\n{:?}",
            source.lines().line(span.start),
            document.problems(),
            parsed.problems()
        );
    }
    document.is_common()
}

#[test]
fn the_common_form_is_read_as_the_parser_reads_it() {
    for name in ["github-real", "gitlab-real", "k8s-real", "pss", "scan-reports"] {
        let Some(folder) = corpora::folder(name) else { continue };
        let files = corpora::files(&folder, &[".yml", ".yaml"]);
        let read =
            |path: &std::path::PathBuf| check_common(&path.to_string_lossy(), &std::fs::read(path).expect("a readable file"));
        let common = files.iter().filter(|path| read(path)).count();
        eprintln!("{name}: {common} of {} files are of the common form", files.len());
    }
    for (text, common) in [
        ("a: 1\n", true),
        ("---\na:\n- b\n- c: d\n  e: 'it''s'\n-\nf:\n", true),
        ("a: [b, \"c\\n\", {d: e}, []] # f\ng: {}\n", true),
        ("a: |\n  b\n\n   c\n\nd: >-\n  e\n  f\n\n  g\nh: |+\n  i\n\n", true),
        ("a: |-\n  no break at the end", true),
        ("a: b\n  goes on # c\nd: e\n\n\n  f\n\n  - g\n\nh:\n  i\n  j\n", true),
        ("a: b # c\n  goes on\n", false),
        ("a: b\n  c: d\n", false),
        ("a:\n  'b'\nc:\n  [d]\ne:\n  |\n  f\n", true),
        ("a: &b c\nd: *b\n", true),
        ("a: &b\n  c: d\ne: &f\n- g: *b\nh: [*f, i]\nj: &b |\n  k\nl: &m [n]\no: *b\n", true),
        ("a: *b\n", false),
        ("a: &b\n  c: *b\n", true),
        ("a: &b\nc: d\n", false),
        ("a: &b c: d\n", false),
        ("- &a b: c\n", false),
        ("a: &b &c d\n", false),
        ("a: !b [c, d]\ne: !f\n  g: h\n", true),
        ("a: !!str b\n", false),
        ("a: |\n  \u{3000}\nb: >\n  \u{A0}\n", false),
        ("a: |\n  b\u{3000}\n", true),
        ("a:\tb\n", false),
        ("a: b: c\n", false),
        ("a: [b, # c\n\n  d\n  ,\n  {e: f}, # g\n  ] # h\n", true),
        ("a: [\n]\n", false),
        ("a: [b\n  c]\n", false),
        ("? a\n: b\n", false),
        ("a: b\n--- # c\nd: &e\n- f\n---\ng:\n", true),
        ("a: b\n---\n", false),
        ("a: &b c\n---\nd: *b\n", false),
        ("a: b\n...\n", false),
    ] {
        assert_eq!(check_common("f.yml", text.as_bytes()), common, "{text:?}");
    }
}

#[test]
fn limits_are_those_of_the_parser() {
    for length in (990..1_030).step_by(2) {
        let (long, gap) = ("k".repeat(length), " ".repeat(length));
        for text in [
            format!("{long}: a\n"),
            format!("b{gap}: a\n"),
            format!("a: {{{long}: b}}\n"),
            format!("a: {{'b'{gap}: c}}\n"),
            format!("a: {{b: c, '{long}': d}}\n"),
            format!("- {long}: a\n"),
            format!("é{long}: a\n"),
        ] {
            check_common("f.yml", text.as_bytes());
        }
    }
    let shown = |times: usize| format!("x: &x [{}]\nz:\n{}", "y, ".repeat(1_000), "- k: *x\n".repeat(times));
    let anchors = |count: usize| (0..count).map(|at| format!("- &a{at} x\n")).collect::<String>() + "- *a0\n";
    for (text, common) in [
        (shown(900), true),
        (shown(1_100), false),
        (shown(900) + "c: d\n", true),
        ("b:\n".to_owned() + &"- a: b\n".repeat(240_000), true),
        ("b:\n".to_owned() + &"- a: b\n".repeat(260_000), false),
        (format!("b: [{}]\n", "x, ".repeat(1_100_000)), false),
        (anchors(64), true),
        (anchors(65), false),
    ] {
        let head = text.get(..20).unwrap_or("");
        assert_eq!(check_common("f.yml", text.as_bytes()), common, "{head:?}, {} bytes", text.len());
    }
}

mod generated {
    use proptest::prelude::*;

    use super::{check_scalar, with};

    fn line() -> impl Strategy<Value = String> {
        proptest::string::string_regex("[a-zA-Z0-9é😀$#:{}'\"|>&*!%@,\\[\\]-][a-zA-Z0-9é😀 \t$#:{}'\"|>&*!%@,\\[\\]-]{0,20}")
            .expect("a pattern")
    }

    fn lines() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::vec(
            prop_oneof![4 => line(), 2 => Just(String::new()), 1 => line().prop_map(|l| format!("  {l}"))],
            1..8,
        )
    }

    // What structure is made of, so that generated text is often nearly right.
    const PIECES: &[&str] = &[
        "a: ", "b: ", "'c': ", "\"d\": ", "- ", "- ", "  ", "  ", "    ", "\n", "\n", "\n", "\n  ", "\n    ", "x", "y z", "'q'",
        "\"r\"", "''", "|", "|-", ">", ">+", "|\n  ", ">-\n    ", "#", " # c", "[", "]", "{", "}", ", ", "[x, y]", "{a: b}", "[]",
        ":", "-", "?", "&a ", "&a\n  ", "*a", "!t ", "---", "---\n", "\n---\n", "...", "\t", "\r\n", "é", "~", "null", "\\", "\\n",
        "%", "@", "`", "$", "${{ x }}", "..", "--", "-x", ",",
    ];

    // A scalar in each style with these lines as its text, as far as the style can hold them.
    fn written(lines: &[String], header: &str, line_break: &str) -> String {
        let body = |indent: &str| {
            lines.iter().map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") }).collect::<Vec<_>>()
        };
        match header {
            "'" => format!("k: '{}'", body("   ").join(line_break).replace('\'', "''")),
            "\"" => format!("k: \"{}\"", body("   ").join(line_break).replace('\\', "\\\\").replace('"', "\\\"")),
            "plain" => format!("k: w{}", body("   ").join(line_break).replace([':', '#', '-'], "w")),
            _ => format!("k: {header}{line_break}{}", body("     ").join(line_break)),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn common_form_or_not_it_is_read_alike(pieces in proptest::collection::vec(prop::sample::select(PIECES), 1..30)) {
            super::check_common("generated", pieces.concat().as_bytes());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]
        #[test]
        fn locate_is_exact(lines in lines(), end in any::<bool>(), crlf in any::<bool>(),
                           header in prop::sample::select(vec!["'", "\"", "plain", "|", "|-", "|+", ">", ">-", ">+"])) {
            let line_break = if crlf { "\r\n" } else { "\n" };
            let text = written(&lines, header, line_break) + if end { line_break } else { "" };
            with(text.as_bytes(), |document| {
                for scalar in document.scalars() {
                    check_scalar(scalar);
                }
            });
        }
    }
}
