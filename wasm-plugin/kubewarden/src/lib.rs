//! The module for Kubewarden: what policies of Kubewarden answer, over waPC. For other hosts of waPC the operations are there by their
//! names, with the bytes of `gp_call`.

#[cfg(any(test, target_family = "wasm"))]
mod admission;
#[cfg(any(test, target_family = "wasm"))]
mod policy;

#[cfg(test)]
#[path = "../../shared/page.rs"]
mod page;
#[cfg(test)]
mod tests;

#[cfg(target_family = "wasm")]
mod exports {
    use gatepost_shared::answer;
    use policy_core::api::Operation;
    use wapc_guest::{CallResult, register_function};

    use crate::policy::{validate, validate_settings};

    /// Called by the host before anything else.
    #[unsafe(no_mangle)]
    pub extern "C" fn wapc_init() {
        register_function("protocol_version", |_| Ok(br#""v1""#.to_vec()));
        register_function("validate_settings", |settings| Ok(validate_settings(settings)));
        register_function("validate", |payload| Ok(validate(payload)));
        register_function("inspect", operation::<{ Operation::Inspect as u32 }>);
        register_function("decide", operation::<{ Operation::Decide as u32 }>);
        register_function("evaluate", operation::<{ Operation::Evaluate as u32 }>);
        register_function("describe", operation::<{ Operation::Describe as u32 }>);
        register_function("render", operation::<{ Operation::Render as u32 }>);
        register_function("show", operation::<{ Operation::Show as u32 }>);
        register_function("who-can", operation::<{ Operation::WhoCan as u32 }>);
        register_function("policy", operation::<{ Operation::Policy as u32 }>);
    }

    // Handlers are plain functions, which hold no number.
    fn operation<const NUMBER: u32>(request: &[u8]) -> CallResult {
        Ok(answer(NUMBER, request))
    }
}
