//! The module's memory: small blocks by size, each size with a list of those that were given back; the large ones come from the
//! allocator of the target. A call makes and drops many small things of few sizes, for which lists take a third of the time.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;

/// Blocks of up to this many bytes come in steps of [`STEP`].
const SMALL: usize = 512;
const STEP: usize = 16;

/// Memory for small blocks is asked for in pieces of so many bytes.
const PIECE: usize = 8 << 10;

/// The small blocks that are free, and what is left of the last piece.
pub(crate) struct Heap {
    free: [Cell<*mut u8>; SMALL / STEP],
    next: Cell<*mut u8>,
    left: Cell<usize>,
    reserved: Cell<bool>,
}

// SAFETY: a module without threads has one caller at a time.
unsafe impl Sync for Heap {}

impl Heap {
    pub(crate) const fn new() -> Self {
        let free = [const { Cell::new(ptr::null_mut()) }; SMALL / STEP];
        Self { free, next: Cell::new(ptr::null_mut()), left: Cell::new(0), reserved: Cell::new(false) }
    }

    /// Gets memory for a call whose request has so many bytes, once: it comes in one piece instead of fifty, which hosts can back by
    /// large pages. What a call needs beyond it comes when it is needed.
    pub(crate) fn reserve(&self, request: usize) {
        const LEAST: usize = 1 << 20;
        const MOST: usize = 16 << 20;
        if self.reserved.replace(true) {
            return;
        }
        let size = request.saturating_mul(4).clamp(LEAST, MOST);
        // SAFETY: the size is not zero and does not overflow with this alignment; the block goes back where it came from.
        unsafe {
            let layout = Layout::from_size_align_unchecked(size, STEP);
            let block = System.alloc(layout);
            if !block.is_null() {
                System.dealloc(block, layout);
            }
        }
    }

    /// The list for blocks of this layout; none for large ones.
    #[inline]
    fn list(&self, layout: Layout) -> Option<&Cell<*mut u8>> {
        if layout.align() > STEP { None } else { self.free.get(layout.size().wrapping_sub(1) / STEP) }
    }

    fn fresh(&self, size: usize) -> *mut u8 {
        let size = size.next_multiple_of(STEP);
        if self.left.get() < size {
            // SAFETY: the size is not zero and does not overflow with this alignment.
            let piece = unsafe { System.alloc(Layout::from_size_align_unchecked(PIECE, STEP)) };
            if piece.is_null() {
                return piece;
            }
            // What is left of the piece before is lost: less than a block.
            self.next.set(piece);
            self.left.set(PIECE);
        }
        let block = self.next.get();
        self.left.set(self.left.get() - size);
        self.next.set(block.wrapping_add(size));
        block
    }
}

// SAFETY: a small block is given out once until it comes back: it is taken off its list, or off a piece. It is at least as large as what
// was asked for, and begins at a multiple of STEP. Which blocks are small is told by the layout, which is the same when they come back.
unsafe impl GlobalAlloc for Heap {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(free) = self.list(layout) else {
            // SAFETY: the caller's promise.
            return unsafe { System.alloc(layout) };
        };
        let block = free.get();
        if block.is_null() {
            return self.fresh(layout.size());
        }
        // SAFETY: a free block holds the address of the next one in its first bytes.
        free.set(unsafe { block.cast::<*mut u8>().read() });
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match self.list(layout) {
            Some(free) => {
                // SAFETY: the block has at least STEP bytes, and nobody else has it.
                unsafe { block.cast::<*mut u8>().write(free.get()) };
                free.set(block);
            }
            // SAFETY: the caller's promise, and large blocks come from there.
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promise: the size is not zero and does not overflow with this alignment.
        let new = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        match (self.list(layout), self.list(new)) {
            // SAFETY: the caller's promise, and large blocks come from there.
            (None, None) => unsafe { System.realloc(block, layout, new_size) },
            (Some(old), Some(new)) if ptr::eq(old, new) => block,
            _ => {
                // SAFETY: as above; both blocks hold so many bytes, and do not overlap, since the old one was not given back yet.
                unsafe {
                    let moved = self.alloc(new);
                    if !moved.is_null() {
                        ptr::copy_nonoverlapping(block, moved, layout.size().min(new_size));
                        self.dealloc(block, layout);
                    }
                    moved
                }
            }
        }
    }
}
