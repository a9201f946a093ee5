//! Any text as an expression: it is parsed or refused at a place within it; what is parsed is written back as the same, and worked out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy_core::model::github::expression::{Expression, condition, contributions, evaluate, fences, truthiness};

fuzz_target!(|text: &str| {
    for fence in fences(text).flatten() {
        assert!(text.get(fence.outer).is_some());
    }
    let _ = condition(text);
    match Expression::parse(text) {
        Ok(expression) => {
            for id in expression.ids() {
                assert!(text.get(expression.span(id)).is_some());
                let _ = expression.path(id).map(|path| path.to_string());
            }
            let _ = contributions(&expression);
            let written = expression.to_text();
            assert!(Expression::parse(&written).is_ok_and(|again| again.to_text() == written), "{written}");
            let value = evaluate(&expression, expression.root(), &|_| None);
            let truth = truthiness(&expression, expression.root(), &|_| None);
            assert!(value.is_none_or(|value| truth == Some(value.is_truthy())));
        }
        Err(error) => assert!(error.at <= text.len()),
    }
});
