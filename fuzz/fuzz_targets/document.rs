//! Any bytes as YAML: reading ends, every place lies in the file, and what is verbatim is located where it stands.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy_core::document::{Dialect, Document};
use policy_core::source::{Origin, Source};

fuzz_target!(|bytes: &[u8]| {
    let source = Source::new("f.yml", bytes, Origin::Unknown);
    let document = Document::read(&source, Dialect::GITHUB);
    // The quick reader and the parser read the same.
    assert_eq!(document.difference(&Document::read_by_parser(&source, Dialect::GITHUB)), None);
    for scalar in document.scalars() {
        let text = scalar.text().expect("a scalar has text");
        let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).take(64).collect();
        for pair in boundaries.windows(2) {
            let span = scalar.locate(pair[0]..pair[1]);
            assert!(span.start <= span.end && span.end as usize <= bytes.len());
        }
        let _ = (scalar.key(), scalar.span(), scalar.is_shared());
    }
    let _ = (document.comments().len(), document.template(), document.template_mark().is_some());
});
