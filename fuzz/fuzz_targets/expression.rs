//! Any text as an expression: it is parsed or refused at a place within it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy_core::model::github::expression::{Expression, contributions, fences};

fuzz_target!(|text: &str| {
    for fence in fences(text).flatten() {
        assert!(text.get(fence.outer).is_some());
    }
    match Expression::parse(text) {
        Ok(expression) => {
            for id in expression.ids() {
                assert!(text.get(expression.span(id)).is_some());
                let _ = expression.path(id).map(|path| path.to_string());
            }
            let _ = contributions(&expression);
        }
        Err(error) => assert!(error.at <= text.len()),
    }
});
