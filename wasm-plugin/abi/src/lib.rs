//! The binary interface, version 1, over [`policy_core::api`]: every export of a module but `gp_call`, which its author writes.
//!
//! A host writes a request into memory from [`gp_alloc`], calls `gp_call`, reads the answer at the packed pointer and length that it
//! returns, and frees both with [`gp_free`]. Every call is a pure function of its bytes. There are no imports.
//!
//! A module of your own is a `cdylib` for `wasm32-unknown-unknown` with this function and its rules:
//!
//! ```
//! use gatepost_abi::Setup;
//! # static RULES: policy_core::rule::RuleSet = &[];
//!
//! #[unsafe(no_mangle)]
//! pub unsafe extern "C" fn gp_call(operation: u32, pointer: *const u8, length: usize) -> u64 {
//!     // SAFETY: the host's promise.
//!     unsafe { gatepost_abi::call(Setup { rules: RULES, ..Setup::default() }, operation, pointer, length) }
//! }
//! ```

use std::alloc::{Layout, alloc, dealloc};
use std::cell::{Cell, UnsafeCell};

use policy_core::api::{self, ABI_VERSION, Crumb};
use policy_core::data::DataSet;
use policy_core::pack::PackSet;
use policy_core::rule::RuleSet;

/// What a module brings.
#[derive(Clone, Copy, Default)]
pub struct Setup {
    /// Its rules, sorted by id.
    pub rules: RuleSet,
    /// The snapshots that they look things up in.
    pub data: DataSet,
    /// The packs that a call may name.
    pub packs: PackSet,
}

/// What the module was working on: `file\nrule`, as a length in two bytes, little endian, and so many bytes of UTF-8. The export
/// is the address. When the module has trapped, a host can still read it; a panic's place in the source stands behind it.
#[unsafe(no_mangle)]
pub static GP_BREADCRUMB: Breadcrumb = Breadcrumb(UnsafeCell::new([0; SIZE]));

const SIZE: usize = 1024;

/// The memory of [`GP_BREADCRUMB`].
#[repr(transparent)]
pub struct Breadcrumb(UnsafeCell<[u8; SIZE]>);

// SAFETY: a module without threads has one caller at a time; natively, where this crate is only checked, nothing calls it.
unsafe impl Sync for Breadcrumb {}

// Where what was said of the file ends in it: rules come many to a file.
struct FileEnd(Cell<usize>);

static FILE_END: FileEnd = FileEnd(Cell::new(0));

// SAFETY: as above.
unsafe impl Sync for FileEnd {}

/// The version of this interface.
#[unsafe(no_mangle)]
pub extern "C" fn gp_abi_version() -> u32 {
    ABI_VERSION
}

fn layout(length: usize) -> Option<Layout> {
    Layout::from_size_align(length.max(1), 1).ok()
}

/// Memory for `length` bytes; null if there is none. Not initialised.
#[unsafe(no_mangle)]
pub extern "C" fn gp_alloc(length: usize) -> *mut u8 {
    gatepost_memory::reserve(length);
    match layout(length) {
        // SAFETY: the layout is never of size zero.
        Some(layout) => unsafe { alloc(layout) },
        None => std::ptr::null_mut(),
    }
}

/// Gives memory back.
///
/// # Safety
/// `pointer` and `length` are those of one [`gp_alloc`] or of one answer of `gp_call`, and are given back once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gp_free(pointer: *mut u8, length: usize) {
    if let Some(layout) = layout(length).filter(|_| !pointer.is_null()) {
        // SAFETY: the caller's promise; answers are boxed slices, which have this layout too.
        unsafe { dealloc(pointer, layout) }
    }
}

/// What `gp_call` does: answers an operation of [`policy_core::api::Operation`]. Gives the answer's address in the upper and its length
/// in the lower 32 bits. The request stays the caller's.
///
/// # Safety
/// `pointer` is null or points at `length` initialised bytes that nothing writes to during the call.
pub unsafe fn call(setup: Setup, operation: u32, pointer: *const u8, length: usize) -> u64 {
    std::panic::set_hook(Box::new(|info| {
        // The place only: a message could hold a part of the input.
        if let Some(place) = info.location() {
            leave(0, &[&read(), "\npanic at ", place.file(), ":", &place.line().to_string()]);
        }
    }));
    let request = if pointer.is_null() || length == 0 {
        &[]
    } else {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts(pointer, length) }
    };
    let Setup { rules, data, packs } = setup;
    let setup = api::Setup { rules, data, packs, breadcrumb };
    let answer = api::call(setup, operation, request).into_boxed_slice();
    let length = answer.len() as u64;
    // An answer is never empty, so its address is one of the allocator's.
    let pointer = Box::into_raw(answer).cast::<u8>();
    ((pointer as usize as u64) << 32) | length
}

// Every rule leaves its name for every file, so this must cost nothing.
fn breadcrumb(crumb: Crumb<'_>) {
    match crumb {
        Crumb::File(path) => FILE_END.0.set(leave(0, &[path, "\n"])),
        Crumb::Rule(id) => {
            leave(FILE_END.0.get(), &[id]);
        }
    }
}

// Writes behind what stands there up to `from`, and gives where it ends.
fn leave(from: usize, parts: &[&str]) -> usize {
    // SAFETY: one caller at a time, and no reference to this memory outlives this function.
    let memory = unsafe { &mut *GP_BREADCRUMB.0.get() };
    let Some((head, text)) = memory.split_first_chunk_mut::<2>() else { return 0 };
    let mut rest = text.get_mut(from..).unwrap_or_default();
    for part in parts {
        // What is too long is cut.
        let fitting = part.as_bytes().get(..rest.len()).unwrap_or(part.as_bytes());
        let (to, behind) = std::mem::take(&mut rest).split_at_mut(fitting.len());
        to.copy_from_slice(fitting);
        rest = behind;
    }
    let end = SIZE - 2 - rest.len();
    *head = (end as u16).to_le_bytes();
    end
}

fn read() -> String {
    // SAFETY: one caller at a time, and no reference to this memory outlives this function.
    let memory = unsafe { &*GP_BREADCRUMB.0.get() };
    let length = memory.iter().take(2).rev().fold(0, |length, byte| (length << 8) | usize::from(*byte));
    String::from_utf8_lossy(memory.get(2..2 + length).unwrap_or(&[])).into_owned()
}
