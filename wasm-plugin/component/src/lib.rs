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

macro_rules! operations {
    ($($name:ident = $operation:ident,)*) => {
        impl Guest for Component {
            fn abi_version() -> u32 {
                ABI_VERSION
            }

            $(fn $name(request: Vec<u8>) -> Vec<u8> {
                answer(Operation::$operation as u32, &request)
            })*
        }
    };
}

operations! {
    inspect = Inspect,
    decide = Decide,
    evaluate = Evaluate,
    describe = Describe,
    render = Render,
    show = Show,
    who_can = WhoCan,
    policy = Policy,
}
