//! Mutated files: whatever a token is replaced by, the module answers, and answers what the native engine answers.

use policy_core::api::Operation;
use policy_core::report::Report;
use serde_json::json;

use crate::document::check_common;
use crate::support::{
    Random, TestFile, example_of, examples, file, fixtures, native, report, repository, request, through, worker,
};

const MUTATIONS: usize = 10_000;

/// Files that go into one request.
const BATCH: usize = 200;

/// Pieces that mean something to a reader of YAML, of expressions or of workflows.
const PIECES: &[&str] = &[
    ":",
    ": ",
    "-",
    "- ",
    "?",
    "? ",
    "|",
    ">",
    "|-",
    ">+",
    "|9",
    "&a",
    "*a",
    "&a &b",
    "!",
    "!!str",
    "!<x>",
    "%",
    "@",
    "`",
    "'",
    "\"",
    "''",
    "\\",
    "\\u",
    "\\x",
    "[",
    "]",
    "{",
    "}",
    ",",
    "#",
    " #",
    "---",
    "...",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\n\n",
    "\n  ",
    "\n\t",
    "\u{FEFF}",
    "\u{85}",
    "\u{2028}",
    "\u{0}",
    "\u{1}",
    "\u{7F}",
    "é",
    "😀",
    "~",
    "null",
    "true",
    "on",
    "<<",
    "${{",
    "}}",
    "${{ ",
    " }}",
    "${{ github.event.issue.title }}",
    "${{ toJSON(github) }}",
    "${{ format('{0}', ",
    "secrets.A",
    "secrets['A']",
    "github",
    ".*",
    "[*]",
    "[0]",
    "&&",
    "||",
    "!",
    "==",
    "1e9",
    "0x",
    "-",
    "uses",
    "uses: ./",
    "uses: ./..",
    "uses: a/b@",
    "run",
    "steps",
    "jobs",
    "on: issues",
    "permissions: write-all",
    "permissions",
    "environment: x",
    "docker://",
    "@sha256:",
    "# gatepost: ignore[unpinned-action] x",
    "# gatepost: ignore[",
    "# gatepost:",
    "AKIA",
    "ghp_",
];

fn tokens(text: &str) -> Vec<&str> {
    let class = |c: char| {
        if c.is_alphanumeric() {
            0
        } else if c == ' ' {
            1
        } else {
            2
        }
    };
    let mut found = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, character) in text.char_indices() {
        let now = class(character);
        if before.is_some_and(|before| before != now || now == 2) {
            found.push(&text[start..at]);
            start = at;
        }
        before = Some(now);
    }
    found.push(&text[start..]);
    found
}

fn mutated(text: &str, random: &mut Random) -> String {
    let mut tokens: Vec<&str> = tokens(text);
    for _ in 0..=random.below(4) {
        let (at, other) = (random.below(tokens.len()), random.below(tokens.len()));
        match random.below(6) {
            0 => {
                tokens.remove(at);
            }
            1 => tokens.insert(at, tokens[other]),
            2 => tokens.swap(at, other),
            3 => tokens.truncate(at.max(1)),
            4 => tokens[at] = PIECES[random.below(PIECES.len())],
            _ => tokens.insert(at, PIECES[random.below(PIECES.len())]),
        }
        if tokens.is_empty() {
            tokens.push(":");
        }
    }
    tokens.concat()
}

fn seeds() -> Vec<TestFile> {
    let of_rules = policies::RULES
        .iter()
        .flat_map(|rule| examples(rule.docs).into_iter().flat_map(|(_, text)| example_of(rule.id, &text).files));
    let of_fixtures = fixtures().into_iter().flat_map(|(_, example)| example.files);
    let repositories = ["github-attacked", "github-well-kept"].into_iter().flat_map(repository);
    of_rules.chain(of_fixtures).chain(repositories).filter(|file| !file.bytes.is_empty()).collect()
}

#[test]
fn ten_thousand_mutations_are_answered_alike() {
    let seeds = seeds();
    let mut random = Random(20_261_125);
    let mut worker = worker();
    let (mut read, mut made, mut common) = (0, 0, 0);
    while made < MUTATIONS {
        let batch: Vec<TestFile> = (made..made + BATCH)
            .map(|at| {
                let seed = &seeds[random.below(seeds.len())];
                let text = mutated(std::str::from_utf8(&seed.bytes).expect("text"), &mut random);
                let path = if seed.path.ends_with("action.yml") {
                    format!("{at}/action.yml")
                } else {
                    format!(".github/workflows/{at}.yml")
                };
                file(&path, text)
            })
            .collect();
        made += batch.len();
        common += batch.iter().filter(|file| check_common(&file.path, &file.bytes)).count();
        let request = request(&batch, &json!({}));
        let answer = through(&mut worker, Operation::Evaluate, &request);
        assert!(
            answer == native(Operation::Evaluate, &request),
            "the batch that ends with mutation {made} is answered differently"
        );
        let report: Report = report(&answer);
        assert_eq!(report.coverage.files.len(), batch.len());
        read += report.coverage.judged + report.coverage.partly;
        places_lie_in_their_files(&report, &batch);
    }
    eprintln!("{made} mutations, {read} of them still read, {common} of the common form");
    assert!(read > 1000, "nearly none of the mutated files can be read");
}

fn places_lie_in_their_files(report: &Report, files: &[TestFile]) {
    for finding in &report.findings {
        let file = files.iter().find(|file| file.path == finding.location.path).expect("the file of a finding");
        let span = finding.location.span;
        assert!(span.start <= span.end && span.end as usize <= file.bytes.len(), "{finding:?}");
        assert!(finding.location.line >= 1 && finding.location.column >= 1);
    }
}
