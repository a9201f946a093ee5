//! The files of a call.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Tree;
use crate::document::{Dialect, Document};
use crate::link::{Found, Roles, below};
use crate::model::gitlab::{Globbed, glob};
use crate::report::hex;
use crate::source::Source;

// Every file is read when it is first asked for.
pub(super) struct Reader<'s, 'a> {
    tree: Tree<'a>,
    by_path: BTreeMap<&'a str, usize>,
    documents: Vec<(&'s OnceCell<Source<'a>>, OnceCell<Document<'s>>)>,
    // The same files as GitLab reads them, where one of its pipelines asks: their names do not tell.
    of_gitlab: Vec<OnceCell<Document<'s>>>,
}

impl<'s, 'a> Reader<'s, 'a> {
    pub(super) fn new(tree: Tree<'a>, sources: &'s [OnceCell<Source<'a>>]) -> Self {
        // `collect` sorts, and every sort costs the module 10 KB.
        let mut by_path = BTreeMap::new();
        by_path.extend(tree.files.iter().enumerate().map(|(at, file)| (file.path, at)));
        let documents = sources.iter().map(|source| (source, OnceCell::new())).collect();
        Self { tree, by_path, documents, of_gitlab: sources.iter().map(|_| OnceCell::new()).collect() }
    }

    // Made right before it is judged: what was read long ago has left the processor's cache.
    fn source(&self, at: usize) -> Option<&'s Source<'a>> {
        let ((source, _), file) = (self.documents.get(at)?, self.tree.files.get(at)?);
        Some(source.get_or_init(|| Source::new(file.path, file.bytes, file.origin)))
    }

    pub(super) fn document<'r>(&'r self, path: &str) -> Option<&'r Document<'s>> {
        let at = *self.by_path.get(path)?;
        let (_, document) = self.documents.get(at)?;
        let source = self.source(at)?;
        Some(document.get_or_init(|| Document::read(source, dialect(path))))
    }

    /// All that the call was given.
    pub(super) fn tree(&self) -> Tree<'a> {
        self.tree
    }

    /// A file that is judged, as the platform reads it that it is for.
    pub(super) fn root<'r>(&'r self, path: &str) -> Option<&'r Document<'s>> {
        let place = self.place(path).map(|(_, below)| below);
        if self.tree.merged || place.is_some_and(|below| Roles::by_path(below).is_gitlab()) {
            return self.gitlab(path);
        }
        let document = self.document(path)?;
        // Content decides where the path says nothing.
        if Roles::of(place, document.root()).is_gitlab() { self.gitlab(path) } else { Some(document) }
    }

    /// The same as GitLab reads it.
    pub(super) fn gitlab<'r>(&'r self, path: &str) -> Option<&'r Document<'s>> {
        let at = *self.by_path.get(path)?;
        let source = self.source(at)?;
        Some(self.of_gitlab.get(at)?.get_or_init(|| Document::read(source, Dialect::GITLAB)))
    }

    /// Gives back what was read of a file. Whoever asks for it again, since another file refers to it, has it read again, which is
    /// then kept: no file is read more than twice.
    pub(super) fn forget(&mut self, path: &str) {
        let Some(at) = self.by_path.get(path).copied() else { return };
        let document = self.documents.get_mut(at).and_then(|(_, document)| document.take());
        drop((document, self.of_gitlab.get_mut(at).and_then(OnceCell::take)));
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

    /// Whether a file is one of another project, which was given to be included.
    pub(super) fn is_of_source(&self, path: &str) -> bool {
        let own = self.place(path).map_or(0, |(root, _)| root.len());
        let holds = |root: &str| path.strip_prefix(root).is_some_and(|below| below.starts_with('/'));
        self.tree.sources.iter().any(|source| source.root.len() > own && holds(&source.root))
    }

    pub(super) fn find<'r>(&'r self, root: Option<&str>, path: &str) -> Found<'r>
    where
        's: 'r,
    {
        let Some(root) = root else { return Found::Absent };
        let path = below(root, path);
        match self.document(&path) {
            Some(document) => Found::Is(document),
            None if self.tree.complete || self.tree.absent.contains(&path) => Found::Absent,
            None => Found::Unasked,
        }
    }
}

impl<'s> Reader<'s, '_> {
    /// A file of a pipeline, by the root of its project and the path below it.
    pub(super) fn find_gitlab<'r>(&'r self, root: &str, path: &str) -> Found<'r>
    where
        's: 'r,
    {
        let path = below(root, path);
        match self.gitlab(&path) {
            Some(document) => Found::Is(document),
            None if self.tree.complete || self.tree.absent.contains(&path) => Found::Absent,
            None => Found::Unasked,
        }
    }

    /// The files that a pattern matches, in the order of their paths.
    pub(super) fn glob<'r>(&'r self, root: &str, pattern: &str) -> Globbed<'r>
    where
        's: 'r,
    {
        if !self.tree.complete && !self.tree.globs.contains(&below(root, pattern)) {
            return None;
        }
        let within = |path: &'r str| if root.is_empty() { Some(path) } else { path.strip_prefix(root)?.strip_prefix('/') };
        let paths = self.by_path.keys().filter_map(|path| Some((*path, within(path)?)));
        let matching = paths.filter(|(_, within)| glob::matches(pattern, within));
        Some(matching.filter_map(|(path, within)| Some((within.to_owned(), self.gitlab(path)?))).collect())
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
