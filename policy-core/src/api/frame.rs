//! The frame: `GPF1`, the length of the header as 32 bits little endian, the header in JSON, and the raw bytes that it points at.
//! Bytes go in once, unescaped, be they UTF-8 or not. What begins with `{` is the header alone.

use super::error::{ApiError, Code};

/// The first bytes of a frame.
pub const MAGIC: &[u8; 4] = b"GPF1";

/// Header and tail of what a host sent.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// JSON.
    pub header: &'a [u8],
    /// What offsets in the header count from.
    pub tail: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Takes a frame apart.
    ///
    /// # Errors
    /// When the bytes are neither a frame nor JSON.
    pub fn read(bytes: &'a [u8]) -> Result<Self, ApiError> {
        let bad = |message| ApiError::new(Code::BadFrame, message).hint("send JSON, or `GPF1`, a length and a header");
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            let json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
            return if json { Ok(Self { header: bytes, tail: &[] }) } else { Err(bad("this is neither a frame nor JSON")) };
        };
        let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(|| bad("the frame ends before its header's length"))?;
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (header, tail) = rest.split_at_checked(length).ok_or_else(|| bad("the frame is shorter than its header"))?;
        Ok(Self { header, tail })
    }

    /// A range of the tail; none if it is not in it.
    #[must_use]
    pub fn slice(&self, offset: u64, length: u64) -> Option<&'a [u8]> {
        let start = usize::try_from(offset).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        self.tail.get(start..end)
    }

    /// Puts a header and its tail together.
    #[must_use]
    pub fn write(header: &[u8], tail: &[u8]) -> Vec<u8> {
        let length = u32::try_from(header.len()).unwrap_or(u32::MAX);
        [MAGIC, length.to_le_bytes().as_slice(), header, tail].concat()
    }
}
