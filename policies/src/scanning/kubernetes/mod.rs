//! Scanning in Kubernetes.

use policy_core::rule::Rule;

mod frozen_registry;
mod image_without_digest;
mod image_without_version;
mod moving_image_kept;
mod retired_component;

pub(crate) const RULES: &[&Rule] = &[
    &frozen_registry::RULE,
    &image_without_digest::RULE,
    &image_without_version::RULE,
    &moving_image_kept::RULE,
    &retired_component::RULE,
];
