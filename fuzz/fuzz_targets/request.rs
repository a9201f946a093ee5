//! Any bytes as a request, to every operation: an answer, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy_core::api::{Operation, Setup, call};

fuzz_target!(|bytes: &[u8]| {
    let setup = Setup { rules: policies::RULES, data: policies::DATA, breadcrumb: |_| {} };
    for (operation, _) in Operation::ALL {
        assert!(call(setup, operation as u32, bytes).starts_with(b"{"));
    }
});
