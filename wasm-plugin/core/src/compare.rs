//! Comparing bytes, which `==` and `cmp` of text come to. What the compiler brings for this target looks at one after the other, which
//! took a thirtieth of a run: paths are long, and begin alike.

use std::cmp::Ordering;

/// As in C.
///
/// # Safety
/// Both point at `length` initialised bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, length: usize) -> i32 {
    const WORD: usize = size_of::<u64>();
    let word = |from: *const u8, at: usize| {
        // SAFETY: the caller's promise; `at` and what is read behind it are below `length`.
        unsafe { from.add(at).cast::<u64>().read_unaligned() }
    };
    let byte = |from: *const u8, at: usize| {
        // SAFETY: the caller's promise; `at` is below `length`.
        unsafe { from.add(at).read() }
    };
    let mut at = 0;
    while at + WORD <= length {
        let (one, other) = (word(a, at), word(b, at));
        if one != other {
            // Of what differs, the byte that comes first counts most.
            return one.swap_bytes().cmp(&other.swap_bytes()) as i32;
        }
        at += WORD;
    }
    while at < length {
        match byte(a, at).cmp(&byte(b, at)) {
            Ordering::Equal => at += 1,
            differs => return differs as i32,
        }
    }
    0
}
