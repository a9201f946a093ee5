//! Comparing bytes, which `==` and `cmp` of text come to. What the compiler brings for this target looks at one after the other, which
//! took a thirtieth of a run: paths are long, and begin alike.

use std::cmp::Ordering;

/// As in C.
///
/// # Safety
/// Both point at `length` initialised bytes.
#[cfg_attr(target_family = "wasm", unsafe(no_mangle))]
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

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    #[test]
    fn it_orders_as_slices_do() {
        for length in 0..24 {
            for at in 0..length.max(1) {
                for (one, other) in [(0_u8, 0_u8), (1, 2), (2, 1), (0x7F, 0x80), (0xFF, 0)] {
                    let (mut a, mut b) = (vec![7; length], vec![7; length]);
                    if let (Some(in_a), Some(in_b)) = (a.get_mut(at), b.get_mut(at)) {
                        (*in_a, *in_b) = (one, other);
                    }
                    // What stands behind the first difference does not count.
                    if let Some(last) = a.last_mut().filter(|_| at + 1 < length) {
                        *last = 9;
                    }
                    // SAFETY: both hold so many bytes.
                    let found = unsafe { super::memcmp(a.as_ptr(), b.as_ptr(), length) };
                    assert_eq!(found.cmp(&0), a.cmp(&b), "{a:?} and {b:?}");
                    assert_eq!(found == 0, a.cmp(&b) == Ordering::Equal);
                }
            }
        }
    }
}
