//! Any bytes as a workflow, as an action and as a pipeline that includes itself: an answer with a report that holds all.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy_core::api::{Answer, Frame, Operation, Setup, call};
use policy_core::report::Report;

fuzz_target!(|bytes: &[u8]| {
    let length = bytes.len();
    let header = format!(
        r#"{{"api":1,"head":{{"roots":[""],"complete":true,"files":[
            {{"path":".github/workflows/a.yml","offset":0,"length":{length}}},{{"path":"action.yml","offset":0,"length":{length}}},
            {{"path":".gitlab-ci.yml","offset":0,"length":{length}}}]}}}}"#
    );
    let setup = Setup { rules: policies::RULES, data: policies::DATA, breadcrumb: |_| {} };
    let answer = call(setup, Operation::Evaluate as u32, &Frame::write(header.as_bytes(), bytes));
    let answer: Answer<Report> = serde_json::from_slice(&answer).expect("an answer");
    assert_eq!(answer.ok.expect("a report").coverage.files.len(), 3);
});
