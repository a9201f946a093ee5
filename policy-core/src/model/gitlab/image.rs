//! `image` and `services`: a text or a mapping.

use super::value::Value;
use crate::read::Read;

/// An image that a job runs in, or a service beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Image<'u> {
    value: Value<'u>,
}

impl<'u> Image<'u> {
    pub(super) fn new(value: Value<'u>) -> Self {
        Self { value }
    }

    /// The text or mapping.
    #[must_use]
    pub fn value(&self) -> Value<'u> {
        self.value
    }

    /// Its name, as a scalar to point at.
    #[must_use]
    pub fn name_value(&self) -> Read<Value<'u>> {
        if self.value.text().is_some() { Read::Is(self.value) } else { self.value.get("name") }
    }

    /// Its name; `Dynamic` if variables are in it: the text as it stands is that of [`Image::name_value`].
    #[must_use]
    pub fn name(&self) -> Read<&'u str> {
        self.name_value().and_then(Value::read)
    }

    /// What a key of the mapping has: `entrypoint`, `alias`, `command`, `docker`, `pull_policy`, `variables`; absent in the short
    /// form.
    #[must_use]
    pub fn get(&self, key: &str) -> Read<Value<'u>> {
        if self.value.text().is_some() { Read::Absent } else { self.value.get(key) }
    }
}
