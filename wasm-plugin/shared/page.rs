//! What stands on the page of flavours, for the tests that hold each flavour's part of it.

use policy_core::document::{Dialect, Document, Kind, Ref};
use policy_core::source::{Origin, Source};
use serde_json::Value;

const PAGE: &str = include_str!("../../docs/flavours.md");

/// The one block of a language that holds a text.
pub(crate) fn block(language: &str, holds: &str) -> &'static str {
    let fence = format!("```{language}\n");
    let blocks = PAGE.split(&fence).skip(1).filter_map(|block| block.split("```").next());
    let blocks: Vec<&str> = blocks.filter(|block| block.contains(holds)).collect();
    assert_eq!(blocks.len(), 1, "blocks of {language} that hold {holds}");
    blocks[0]
}

/// The names of the table of operations in a column: without those of the host, and those.
pub(crate) fn names(column: usize) -> (Vec<&'static str>, Vec<&'static str>) {
    let table = PAGE.split("| operation |").nth(1).unwrap().split("\n\n").next().unwrap();
    let cells = |row: &'static str| row.trim_matches(['|', ' ']).split('|').map(str::trim).collect::<Vec<_>>();
    let of = |cell: &'static str| cell.split('`').skip(1).step_by(2);
    let rows: Vec<Vec<&str>> = table.lines().skip(2).map(cells).collect();
    let (host, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row[0].starts_with("of the host"));
    let names = |rows: Vec<Vec<&'static str>>| rows.into_iter().filter_map(|row| row.get(column).copied()).flat_map(of).collect();
    (names(rows), names(host))
}

/// YAML as JSON.
pub(crate) fn yaml(text: &str) -> Value {
    let source = Source::new("page.yaml", text.as_bytes(), Origin::Organisation);
    let document = Document::read(&source, Dialect::GITHUB);
    assert!(document.problems().is_empty(), "{text}");
    value(document.root().unwrap())
}

fn value(node: Ref<'_>) -> Value {
    match node.kind() {
        Kind::Mapping => node.entries().map(|(key, inner)| (key.text().unwrap().to_owned(), value(inner))).collect(),
        Kind::Sequence => node.items().map(value).collect(),
        _ => {
            let text = node.text().unwrap_or("");
            serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
        }
    }
}
