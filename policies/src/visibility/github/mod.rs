//! Visibility in GitHub Actions.

use policy_core::rule::Rule;

mod debug_logging_left_on;
mod invisible_text;
mod obfuscated_reference;

pub(crate) const RULES: &[&Rule] = &[&debug_logging_left_on::RULE, &invisible_text::RULE, &obfuscated_reference::RULE];
