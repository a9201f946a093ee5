//! The module for hosts of Extism: the operations by their names, and `Execute`, by which Chainloop runs a policy. Input and output are
//! the bytes of `gp_call`; what is wrong is an answer with `error`, and never an error of the plugin.

#[cfg(any(test, target_family = "wasm"))]
mod execute;
// How the command names what is piped into it, which is what Chainloop does too.
#[cfg(any(test, target_family = "wasm"))]
#[path = "../../../host-runner/src/load/stdin.rs"]
mod stdin;

#[cfg(test)]
#[path = "../../shared/page.rs"]
mod page;
#[cfg(test)]
mod tests;

#[cfg(target_family = "wasm")]
mod exports {
    use extism_pdk::{config, input_bytes, output};
    use gatepost_shared::answer;
    use policy_core::api::Operation;

    // Not by the macro of Extism: what it could say of errors, which there are none of here, weighs 20 KB.
    macro_rules! operations {
        ($($name:ident = $operation:ident,)*) => {
            $(#[unsafe(no_mangle)]
            pub extern "C" fn $name() -> i32 {
                give(answer(Operation::$operation as u32, &input_bytes()))
            })*
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

    /// What Chainloop calls.
    #[unsafe(no_mangle)]
    pub extern "C" fn Execute() -> i32 {
        let args = config::get_memory("args").map_err(|_| "the configuration of the plugin cannot be read".to_owned());
        give(crate::execute::execute(input_bytes(), args.map(|args| args.map(|args| args.to_vec()))))
    }

    // Nought is success. Without memory for an answer there is none, and no host takes that for one.
    fn give(answer: Vec<u8>) -> i32 {
        i32::from(output(answer).is_err())
    }
}
