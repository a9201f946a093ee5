//! What a module lives in: its allocator, and how it compares bytes. Linking this package is enough to have both.

#[cfg(any(test, target_family = "wasm"))]
mod compare;
#[cfg(target_family = "wasm")]
mod heap;

#[cfg(target_family = "wasm")]
#[global_allocator]
static HEAP: heap::Heap = heap::Heap::new();

/// Gets memory for a call whose request has so many bytes, once in the life of a module. Natively nothing: there the system's
/// allocator is at work.
pub fn reserve(request: usize) {
    #[cfg(target_family = "wasm")]
    HEAP.reserve(request);
    #[cfg(not(target_family = "wasm"))]
    let _ = request;
}
