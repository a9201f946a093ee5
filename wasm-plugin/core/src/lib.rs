//! The module without imports: our rules behind the binary interface.

use gatepost_abi::Setup;

/// Answers an operation: 1 inspect, 2 decide, 3 evaluate, 4 describe, 5 render, 6 show, 7 who-can, 8 policy. Gives the answer's address
/// in the upper and its length in the lower 32 bits. The request stays the caller's.
///
/// # Safety
/// `pointer` points at `length` initialised bytes that nothing writes to during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gp_call(operation: u32, pointer: *const u8, length: usize) -> u64 {
    let setup = Setup { rules: policies::RULES, data: policies::DATA, packs: policies::PACKS };
    // SAFETY: the caller's promise.
    unsafe { gatepost_abi::call(setup, operation, pointer, length) }
}
