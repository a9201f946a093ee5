//! `$[[ … ]]`: inputs and the context of a component, with functions.

use std::borrow::Cow;

use super::super::tree::{Data, Id, Text};
use super::super::variables;
use super::Resolver;
use super::input::Filled;
use super::load::Loading;
use crate::document::Ref;

/// The most functions of one block.
const MAX_FUNCTIONS: usize = 3;

/// What a block comes to.
enum Block<'u> {
    Value(Id),
    Text(Cow<'u, str>),
    Unknown,
}

impl<'u> Resolver<'_, 'u> {
    /// A scalar whose blocks are filled in; as it is written where what goes in is not known here.
    pub(super) fn interpolated(&mut self, node: Ref<'u>, text: &'u str, loading: &Loading<'u>) -> Id {
        let whole = text.strip_prefix("$[[").and_then(|rest| rest.strip_suffix("]]")).filter(|inner| !inner.contains("$[["));
        let filled = match whole {
            Some(inner) => match self.block(node, inner, loading) {
                Block::Value(id) => match self.scalar(id) {
                    Some(text) => Some(text),
                    // A list or mapping goes in as it is.
                    None => return id,
                },
                Block::Text(text) => Some(text),
                Block::Unknown if loading.fill.as_ref().is_some_and(|fill| fill.is_array(inner)) => {
                    return self.unknown(node, loading.file);
                }
                Block::Unknown => None,
            },
            None => self.spliced(node, text, loading).map(Cow::Owned),
        };
        let text = match filled {
            Some(filled) => self.tree.add_text(filled.into_owned()),
            None => Text::Written(text),
        };
        self.tree.push(Data::Scalar(text), node, loading.file)
    }

    pub(super) fn interpolated_key(&mut self, key: Ref<'u>, text: &'u str, loading: &Loading<'u>) -> Text<'u> {
        match self.spliced(key, text, loading) {
            Some(filled) => self.tree.add_text(filled),
            None => Text::Written(text),
        }
    }

    fn spliced(&mut self, node: Ref<'u>, text: &'u str, loading: &Loading<'u>) -> Option<String> {
        let mut filled = String::new();
        let mut from = 0;
        for variable in variables::all(text).filter(|variable| variable.is_input) {
            filled.push_str(text.get(from..variable.range.start)?);
            match self.block(node, variable.name, loading) {
                Block::Value(id) => filled.push_str(&self.scalar(id)?),
                Block::Text(text) => filled.push_str(&text),
                Block::Unknown => return None,
            }
            from = variable.range.end;
            if !self.afford(filled.len() / 16, node) {
                return None;
            }
        }
        filled.push_str(text.get(from..)?);
        Some(filled)
    }

    fn block(&mut self, node: Ref<'u>, inner: &'u str, loading: &Loading<'u>) -> Block<'u> {
        let mut parts = inner.split('|').map(str::trim);
        let access = parts.next().unwrap_or("");
        let Some(fill) = &loading.fill else { return Block::Unknown };
        let mut filled = match fill.value(access) {
            Some(Filled::Value(id)) => Block::Value(*id),
            Some(Filled::Text(text)) => Block::Text(text.clone()),
            Some(Filled::Unknown) => Block::Unknown,
            None => {
                self.refused(node, "GitLab refuses this interpolation: the header of the file declares no such input");
                Block::Unknown
            }
        };
        for (count, function) in parts.enumerate() {
            if count >= MAX_FUNCTIONS {
                self.refused(node, "GitLab refuses this interpolation: a block has at most 3 functions");
                return Block::Unknown;
            }
            let text = match filled {
                Block::Value(id) => self.scalar(id),
                Block::Text(text) => Some(text),
                Block::Unknown => None,
            };
            let Some(text) = text else { return Block::Unknown };
            filled = match apply(function, &text) {
                Applied::Text(text) => Block::Text(Cow::Owned(text)),
                Applied::Unknown => Block::Unknown,
                Applied::Refused => {
                    self.refused(node, "GitLab refuses this interpolation: there is no such function");
                    Block::Unknown
                }
            };
        }
        filled
    }
}

enum Applied {
    Text(String),
    Unknown,
    Refused,
}

fn apply(function: &str, text: &str) -> Applied {
    match function {
        // What variables hold is known when a pipeline starts.
        "expand_vars" if variables::first(text).is_some() => Applied::Unknown,
        "expand_vars" => Applied::Text(text.to_owned()),
        "posix_escape" => Applied::Text(escaped(text)),
        _ => match truncation(function) {
            Some((skip, take)) => Applied::Text(text.chars().skip(skip).take(take).collect()),
            None => Applied::Refused,
        },
    }
}

fn truncation(function: &str) -> Option<(usize, usize)> {
    let (skip, take) = function.strip_prefix("truncate(")?.strip_suffix(')')?.split_once(',')?;
    Some((skip.trim().parse().ok()?, take.trim().parse().ok()?))
}

// As Ruby's Shellwords does it.
fn escaped(text: &str) -> String {
    if text.is_empty() {
        return "''".to_owned();
    }
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("'\n'"),
            _ if letter.is_ascii_alphanumeric() || "_-.,:+/@".contains(letter) => out.push(letter),
            _ => {
                out.push('\\');
                out.push(letter);
            }
        }
    }
    out
}
