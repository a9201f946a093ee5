//! Any bytes as JSON: what is read is what the grammar allows, and every place lies in the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy_core::document::{Dialect, Document, ProblemKind};
use policy_core::source::{Origin, Source};
use serde_json::value::RawValue;

fuzz_target!(|bytes: &[u8]| {
    let source = Source::new("f.json", bytes, Origin::Unknown);
    let document = Document::read(&source, Dialect::JSON);
    let has = |kind| document.problems().iter().any(|problem| problem.kind == kind);
    if source.fault().is_none() && !has(ProblemKind::TooComplex) {
        let text = source.text().strip_prefix('\u{FEFF}').unwrap_or(source.text());
        assert_eq!(document.root().is_some(), serde_json::from_str::<&RawValue>(text).is_ok());
        assert_eq!(document.root().is_none(), has(ProblemKind::Syntax));
    }
    for scalar in document.scalars() {
        let text = scalar.text().expect("a scalar has text");
        let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).take(64).collect();
        for pair in boundaries.windows(2) {
            let span = scalar.locate(pair[0]..pair[1]);
            assert!(span.start < span.end && span.end as usize <= bytes.len());
        }
    }
});
