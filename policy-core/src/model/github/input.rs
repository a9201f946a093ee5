//! `inputs` of workflows and actions.

use super::{boolean, text};
use crate::document::Ref;
use crate::read::Read;

/// An input that a workflow or an action declares.
#[derive(Clone, Copy, Debug)]
pub struct Input<'u> {
    key: Ref<'u>,
    node: Ref<'u>,
}

/// What may be given to an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputType {
    /// Any text.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// One of `options`.
    Choice,
    /// The name of an environment of the repository.
    Environment,
}

pub(super) fn inputs<'u>(node: Option<Ref<'u>>) -> impl Iterator<Item = Input<'u>> {
    node.into_iter().flat_map(Ref::entries).map(|(key, node)| Input { key, node })
}

impl<'u> Input<'u> {
    /// Its name. Names do not depend on case.
    #[must_use]
    pub fn name(self) -> &'u str {
        self.key.text().unwrap_or("")
    }

    /// Where its name stands.
    #[must_use]
    pub fn key(self) -> Ref<'u> {
        self.key
    }

    /// What may be given to it: any text where it does not say. Inputs of actions have no type, and are texts.
    #[must_use]
    pub fn kind(self) -> Read<InputType> {
        match text(self.node.get("type")) {
            Read::Absent => Read::Is(InputType::Text),
            Read::Is("string") => Read::Is(InputType::Text),
            Read::Is("boolean") => Read::Is(InputType::Boolean),
            Read::Is("number") => Read::Is(InputType::Number),
            Read::Is("choice") => Read::Is(InputType::Choice),
            Read::Is("environment") => Read::Is(InputType::Environment),
            Read::Is(_) | Read::Wrong => Read::Wrong,
            Read::Dynamic => Read::Dynamic,
        }
    }

    /// What it is if nothing is given.
    #[must_use]
    pub fn default(self) -> Option<Ref<'u>> {
        self.node.get("default")
    }

    /// Whether something must be given.
    #[must_use]
    pub fn required(self) -> Read<bool> {
        boolean(self.node.get("required"))
    }

    /// What a choice is made from.
    pub fn options(self) -> impl Iterator<Item = Ref<'u>> {
        self.node.get("options").into_iter().flat_map(Ref::items)
    }
}
