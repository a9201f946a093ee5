//! The request as it is written: a header, and behind it the bytes of files, which are copied once, into the module.

use policy_core::api::{Event, Options, Question, SourceProject};
use policy_core::plugin::PluginFinding;
use policy_core::report::FileCoverage;
use policy_core::source::Origin;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::load::policy::LayerFile;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestOut<'r> {
    pub(super) api: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) now: Option<&'r str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) layers: Vec<LayerOut<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) baselines: Vec<LayerOut<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) base: Option<HeadOut<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<&'r Event>,
    pub(super) head: HeadOut<'r>,
    pub(super) options: OptionsOut<'r>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) question: Option<&'r Question>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HeadOut<'r> {
    pub(super) files: Vec<FileOut<'r>>,
    pub(super) roots: Vec<&'r str>,
    pub(super) absent: Vec<&'r str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) globs: Vec<&'r str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) sources: Vec<&'r SourceProject>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) merged: bool,
    pub(super) partials: &'r [Box<RawValue>],
    pub(super) unread: &'r [FileCoverage],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) plugins: Vec<PluginOut<'r>>,
}

#[derive(Serialize)]
pub(super) struct PluginOut<'r> {
    pub(super) name: &'r str,
    pub(super) sha256: &'r str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) enforced: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failed: Option<&'r str>,
    pub(super) findings: Vec<&'r PluginFinding>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileOut<'r> {
    pub(super) path: &'r str,
    pub(super) offset: usize,
    pub(super) length: usize,
    pub(super) digest: &'r str,
    pub(super) origin: Origin,
    pub(super) judge: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LayerOut<'r> {
    pub(super) path: &'r str,
    pub(super) offset: usize,
    pub(super) length: usize,
    pub(super) origin: Origin,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) because: Option<&'r str>,
}

// Options keep their key to themselves when they are written; here it is added.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OptionsOut<'r> {
    #[serde(flatten)]
    pub(super) options: &'r Options,
    pub(super) print_key: &'r str,
}

// Bytes behind the header of a request, which are copied once, into the module.
#[derive(Default)]
pub(super) struct Tail<'f> {
    pub(super) parts: Vec<&'f [u8]>,
    pub(super) length: usize,
}

impl<'f> Tail<'f> {
    // Where they begin, and how many they are.
    pub(super) fn add(&mut self, bytes: &'f [u8]) -> (usize, usize) {
        let offset = self.length;
        self.parts.push(bytes);
        self.length += bytes.len();
        (offset, bytes.len())
    }

    pub(super) fn layer(&mut self, layer: &'f LayerFile) -> LayerOut<'f> {
        let (offset, length) = self.add(&layer.bytes);
        LayerOut { path: &layer.path, offset, length, origin: layer.origin, because: layer.because.as_deref() }
    }
}

/// What goes into one call: the frame's header, and the files that it points at, which are copied once, into the module.
pub(super) struct Request<'f> {
    pub(super) frame: Vec<u8>,
    pub(super) tail: Vec<&'f [u8]>,
}

impl Request<'_> {
    pub(super) fn parts(&self) -> Vec<&[u8]> {
        std::iter::once(self.frame.as_slice()).chain(self.tail.iter().copied()).collect()
    }
}
