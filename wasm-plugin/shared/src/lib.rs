//! Our rules behind a call, for flavours whose binary interface is that of their host; and what those say of a report.

mod judged;
mod lines;

#[cfg(test)]
mod tests;

pub use judged::{Found, Judged, Refusal, check_policy, judge};
pub use lines::in_lines;

use policy_core::api::{self, Setup};

/// Answers an operation of [`policy_core::api::Operation`]: the bytes that `gp_call` gives.
#[must_use]
pub fn answer(operation: u32, request: &[u8]) -> Vec<u8> {
    gatepost_memory::reserve(request.len());
    // These hosts have no place where a breadcrumb would be read.
    let setup = Setup { rules: policies::RULES, data: policies::DATA, packs: policies::PACKS, breadcrumb: |_| {} };
    api::call(setup, operation, request)
}
