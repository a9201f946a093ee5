//! The conformance set: what every host has to answer, here by native code and by the module as the command runs it.

mod cases;

use std::collections::BTreeSet;
use std::path::Path;

use policy_core::api::{self, Operation};

use crate::support::{setup, worker};

fn all() -> Vec<cases::Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("abi");
    cases::all(&folder).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_request_of_the_conformance_set_has_its_answer_natively_and_through_the_module() {
    let mut worker = worker();
    let mut wrong = Vec::new();
    for case in all() {
        let kept = std::fs::read(&case.answer).unwrap_or_default();
        if api::call(setup(), case.operation, &case.request) != kept {
            wrong.push(format!("{} natively", case.name));
        }
        let Some(operation) = Operation::from_number(case.operation) else { continue };
        let answer = worker.call(operation, &[&case.request]).unwrap_or_else(|crash| panic!("{}: {crash:?}", case.name));
        if answer != kept {
            wrong.push(format!("{} through the module", case.name));
        }
    }
    assert!(wrong.is_empty(), "other answers than in tests/abi/answers: {wrong:#?}\n`cargo xtask gen` writes them; review each");
}

#[test]
fn the_conformance_set_asks_for_everything_and_keeps_nothing_else() {
    let cases = all();
    assert!(cases.len() >= 60);
    for (operation, name) in Operation::ALL {
        assert!(cases.iter().any(|case| case.operation == operation as u32), "no request for {name}");
    }
    let answers: Vec<String> =
        cases.iter().map(|case| String::from_utf8(std::fs::read(&case.answer).expect("an answer")).expect("text")).collect();
    for kind in ["{\"ok\":", "{\"need\":", "{\"error\":"] {
        assert!(answers.iter().any(|answer| answer.starts_with(kind)), "no answer {kind}");
    }
    assert!(cases.iter().any(|case| case.request.len() > 28 << 20), "no request of 30 MB");
    assert!(cases.iter().any(|case| std::str::from_utf8(&case.request).is_err()), "no request that is no text");
    let known: BTreeSet<String> =
        cases.iter().filter_map(|case| Some(case.answer.file_name()?.to_string_lossy().into_owned())).collect();
    let kept = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("abi/answers")).expect("answers");
    let kept: BTreeSet<String> = kept.map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(kept, known);
}

#[test]
fn secrets_of_the_conformance_set_are_in_no_answer() {
    let bodies = ["A1b2C3d4E5f6G7h8I9j0K1l2M3n4O50Vp5pL", "Q7WERTYUIO5PASDF"];
    let cases = all();
    for body in bodies {
        let of_body = |bytes: &[u8]| bytes.windows(body.len()).any(|window| window == body.as_bytes());
        assert!(cases.iter().any(|case| of_body(&case.request)));
        for case in &cases {
            assert!(!of_body(&std::fs::read(&case.answer).expect("an answer")), "{}", case.name);
        }
    }
}
