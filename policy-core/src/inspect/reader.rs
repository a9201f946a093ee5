//! The files of a call.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Tree;
use crate::document::{Dialect, Document};
use crate::link::Found;
use crate::report::hex;
use crate::source::Source;

// Every file is read when it is first asked for.
pub(super) struct Reader<'s, 'a> {
    tree: Tree<'a>,
    by_path: BTreeMap<&'a str, usize>,
    documents: Vec<(&'s OnceCell<Source<'a>>, OnceCell<Document<'s>>)>,
}

impl<'s, 'a> Reader<'s, 'a> {
    pub(super) fn new(tree: Tree<'a>, sources: &'s [OnceCell<Source<'a>>]) -> Self {
        // `collect` sorts, and every sort costs the module 10 KB.
        let mut by_path = BTreeMap::new();
        by_path.extend(tree.files.iter().enumerate().map(|(at, file)| (file.path, at)));
        Self { tree, by_path, documents: sources.iter().map(|source| (source, OnceCell::new())).collect() }
    }

    pub(super) fn document<'r>(&'r self, path: &str) -> Option<&'r Document<'s>> {
        let at = *self.by_path.get(path)?;
        let ((source, document), file) = (self.documents.get(at)?, self.tree.files.get(at)?);
        // Right before it is judged: what was read long ago has left the processor's cache.
        let source = source.get_or_init(|| Source::new(file.path, file.bytes, file.origin));
        Some(document.get_or_init(|| Document::read(source, dialect(path))))
    }

    /// Gives back what was read of a file. Whoever asks for it again, since another file refers to it, has it read again.
    pub(super) fn forget(&mut self, path: &str) {
        let document = self.by_path.get(path).and_then(|at| self.documents.get_mut(*at));
        document.into_iter().for_each(|(_, document)| drop(document.take()));
    }

    pub(super) fn digest(&self, path: &str) -> String {
        let file = self.by_path.get(path).and_then(|at| self.tree.files.get(*at));
        match file.map(|file| (file.digest, file.bytes)) {
            Some((Some(digest), _)) => digest.to_owned(),
            Some((None, bytes)) => format!("sha256:{}", hex(&Sha256::digest(bytes))),
            None => String::new(),
        }
    }

    // The longest root that holds the file, and the path below it.
    pub(super) fn place<'p>(&self, path: &'p str) -> Option<(&str, &'p str)> {
        let below = |root: &str| match root {
            "" => Some(path),
            _ => path.strip_prefix(root)?.strip_prefix('/'),
        };
        let roots = self.tree.roots.iter().filter_map(|root| Some((root.as_str(), below(root)?)));
        roots.max_by_key(|(root, _)| root.len())
    }

    pub(super) fn find<'r>(&'r self, root: Option<&str>, path: &str) -> Found<'r>
    where
        's: 'r,
    {
        let Some(root) = root else { return Found::Absent };
        let path = joined(root, path);
        match self.document(&path) {
            Some(document) => Found::Is(document),
            None if self.tree.complete || self.tree.absent.contains(&path) => Found::Absent,
            None => Found::Unasked,
        }
    }
}

// How GitHub, or the tool that a file is for, reads a file of this name.
fn dialect(path: &str) -> Dialect {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name {
        "CODEOWNERS" => Dialect::LINES,
        "package.json" => Dialect::JSON,
        _ => Dialect::GITHUB,
    }
}

pub(super) fn joined(root: &str, path: &str) -> String {
    if root.is_empty() { path.to_owned() } else { format!("{root}/{path}") }
}
