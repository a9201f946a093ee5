//! The module as a component. Its world is `wit/gatepost.wit`; bytes are those of `gp_call`.

mod bindings {
    wit_bindgen::generate!({ world: "gatepost", path: "wit" });
    use super::Component;
    export!(Component);
}

use bindings::Guest;
use gatepost_shared::answer;
use policy_core::api::{ABI_VERSION, Operation};

struct Component;

impl Guest for Component {
    fn abi_version() -> u32 {
        ABI_VERSION
    }

    fn inspect(request: Vec<u8>) -> Vec<u8> {
        answer(Operation::Inspect as u32, &request)
    }

    fn decide(request: Vec<u8>) -> Vec<u8> {
        answer(Operation::Decide as u32, &request)
    }

    fn evaluate(request: Vec<u8>) -> Vec<u8> {
        answer(Operation::Evaluate as u32, &request)
    }

    fn describe(request: Vec<u8>) -> Vec<u8> {
        answer(Operation::Describe as u32, &request)
    }

    fn render(request: Vec<u8>) -> Vec<u8> {
        answer(Operation::Render as u32, &request)
    }

    fn show(request: Vec<u8>) -> Vec<u8> {
        answer(Operation::Show as u32, &request)
    }

    fn who_can(request: Vec<u8>) -> Vec<u8> {
        answer(Operation::WhoCan as u32, &request)
    }

    fn policy(request: Vec<u8>) -> Vec<u8> {
        answer(Operation::Policy as u32, &request)
    }
}
