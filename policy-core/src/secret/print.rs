//! Keyed prints: equal secrets have equal prints, and without the key nothing can be learned from one.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::text::hex;

/// The key of a run. The host makes it; the engine has no source of randomness.
#[derive(Clone)]
pub struct Key(Vec<u8>);

/// Why a key was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not hexadecimal digits.
    #[error("the key is not a string of hexadecimal digits")]
    NotHex,
    /// Fewer than 16 bytes.
    #[error("the key is shorter than 16 bytes")]
    TooShort,
}

impl Key {
    /// Reads a key of at least 16 bytes written in hexadecimal digits.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
        let digits = digits.filter(|digits| digits.len() % 2 == 0).ok_or(KeyError::NotHex)?;
        let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit)).collect();
        if bytes.len() < 16 { Err(KeyError::TooShort) } else { Ok(Self(bytes)) }
    }

    /// A key for one call, whose prints do not leave it.
    #[must_use]
    pub fn within_one_call() -> Self {
        Self(b"prints made with this key stay inside of one call".to_vec())
    }

    /// The print of a secret's value.
    #[must_use]
    pub fn print(&self, value: &str) -> String {
        self.mac(b"value", value.as_bytes())
    }

    /// Tells keys apart without giving them away.
    #[must_use]
    pub fn id(&self) -> String {
        self.mac(b"id", b"")
    }

    fn mac(&self, purpose: &[u8], value: &[u8]) -> String {
        // HMAC takes keys of every length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(purpose);
        mac.update(&[0]);
        mac.update(value);
        hex(mac.finalize().into_bytes().get(..16).unwrap_or(&[]))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Key")
    }
}
