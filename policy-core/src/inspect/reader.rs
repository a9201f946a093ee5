//! The files of a call.

use std::cell::OnceCell;

use sha2::{Digest, Sha256};

use super::{InputFile, Tree};
use crate::document::{Dialect, Document};
use crate::link::{Found, Roles, below};
use crate::map::Map;
use crate::model::gitlab::{Globbed, glob};
use crate::model::kubernetes;
use crate::source::Source;
use crate::text::hex;

// Every file is read when it is first asked for.
pub(super) struct Reader<'s, 'a> {
    tree: Tree<'a>,
    // Most files refer to no other.
    by_path: OnceCell<Map<&'a str, usize>>,
    files: Vec<File<'s, 'a>>,
}

struct File<'s, 'a> {
    given: InputFile<'a>,
    source: &'s OnceCell<Source<'a>>,
    document: OnceCell<Document<'s>>,
    // The same as GitLab reads it, where one of its pipelines asks: the name does not tell.
    of_gitlab: OnceCell<Document<'s>>,
    of_kubernetes: OnceCell<Document<'s>>,
}

impl<'s, 'a> File<'s, 'a> {
    // Made right before it is judged: what was read long ago has left the processor's cache.
    fn source(&self) -> &'s Source<'a> {
        self.source.get_or_init(|| Source::new(self.given.path, self.given.bytes, self.given.origin))
    }
}

impl<'s, 'a> Reader<'s, 'a> {
    pub(super) fn new(tree: Tree<'a>, sources: &'s [OnceCell<Source<'a>>]) -> Self {
        let unread = |(given, source): (&InputFile<'a>, &'s OnceCell<Source<'a>>)| File {
            given: *given,
            source,
            document: OnceCell::new(),
            of_gitlab: OnceCell::new(),
            of_kubernetes: OnceCell::new(),
        };
        Self { tree, by_path: OnceCell::new(), files: tree.files.iter().zip(sources).map(unread).collect() }
    }

    fn by_path(&self) -> &Map<&'a str, usize> {
        self.by_path.get_or_init(|| {
            // `collect` sorts, and every sort costs the module 10 KB.
            let mut by_path = Map::new();
            by_path.extend(self.tree.files.iter().enumerate().map(|(at, file)| (file.path, at)));
            by_path
        })
    }

    fn file(&self, path: &str) -> Option<&File<'s, 'a>> {
        self.files.get(*self.by_path().get(path)?)
    }

    fn document<'r>(&'r self, file: &'r File<'s, 'a>) -> &'r Document<'s> {
        file.document.get_or_init(|| Document::read(file.source(), self.dialect(file)))
    }

    // How the platform, or the tool that a file is for, reads it.
    fn dialect(&self, file: &File<'s, 'a>) -> Dialect {
        let path = file.given.path;
        let name = path.rsplit('/').next().unwrap_or(path);
        match name {
            "CODEOWNERS" => return Dialect::LINES,
            _ if name.ends_with(".json") => return Dialect::JSON,
            _ => {}
        }
        let by_path = self.place(path).is_some_and(|(_, below)| Roles::by_path(below).is_executed());
        if !by_path && kubernetes::may_be_manifest(file.source().text()) { Dialect::KUBERNETES } else { Dialect::GITHUB }
    }

    /// All that the call was given.
    pub(super) fn tree(&self) -> Tree<'a> {
        self.tree
    }

    /// A file that is judged, by its number, as the platform reads it that it is for.
    pub(super) fn root<'r>(&'r self, at: usize) -> Option<&'r Document<'s>> {
        let file = self.files.get(at)?;
        let place = self.place(file.given.path).map(|(_, below)| below);
        if self.tree.merged || place.is_some_and(|below| Roles::by_path(below).is_gitlab()) {
            return Some(as_gitlab(file));
        }
        let document = self.document(file);
        // Content decides where the path says nothing.
        let roles = Roles::of(place, document.root());
        // A manifest whose text does not look like one was read as another platform reads.
        let otherwise = roles.kubernetes && *document.dialect() == Dialect::GITHUB;
        Some(match () {
            () if roles.is_gitlab() => as_gitlab(file),
            () if otherwise => file.of_kubernetes.get_or_init(|| Document::read(file.source(), Dialect::KUBERNETES)),
            () => document,
        })
    }

    /// A file as GitLab reads it.
    pub(super) fn gitlab<'r>(&'r self, path: &str) -> Option<&'r Document<'s>> {
        self.file(path).map(as_gitlab)
    }

    /// Gives back what was read of a file. Whoever asks for it again, since another file refers to it, has it read again, which is
    /// then kept: no file is read more than twice.
    pub(super) fn forget(&mut self, at: usize) {
        let file = self.files.get_mut(at);
        file.into_iter().for_each(|file| drop((file.document.take(), file.of_gitlab.take(), file.of_kubernetes.take())));
    }

    pub(super) fn digest(&self, path: &str) -> String {
        self.file(path).map(|file| digest(&file.given)).unwrap_or_default()
    }

    // The longest root that holds the file, and the path below it.
    pub(super) fn place<'p>(&self, path: &'p str) -> Option<(&str, &'p str)> {
        let roots = self.tree.roots.iter().filter_map(|root| Some((root.as_str(), within(root, path)?)));
        roots.max_by_key(|(root, _)| root.len())
    }

    /// Whether a file is one of another project, which was given to be included.
    pub(super) fn is_of_source(&self, path: &str) -> bool {
        let own = self.place(path).map_or(0, |(root, _)| root.len());
        self.tree.sources.iter().any(|source| source.root.len() > own && within(&source.root, path).is_some())
    }

    pub(super) fn find<'r>(&'r self, root: Option<&str>, path: &str) -> Found<'r>
    where
        's: 'r,
    {
        let Some(root) = root else { return Found::Absent };
        let path = below(root, path);
        self.found(&path, self.file(&path).map(|file| self.document(file)))
    }

    fn found<'r>(&self, path: &str, document: Option<&'r Document<'s>>) -> Found<'r>
    where
        's: 'r,
    {
        match document {
            Some(document) => Found::Is(document),
            None if self.tree.complete || self.tree.absent.contains(path) => Found::Absent,
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
        self.found(&path, self.gitlab(&path))
    }

    /// The files that a pattern matches, in the order of their paths.
    pub(super) fn glob<'r>(&'r self, root: &str, pattern: &str) -> Globbed<'r>
    where
        's: 'r,
    {
        if !self.tree.complete && !self.tree.globs.contains(&below(root, pattern)) {
            return None;
        }
        let paths = self.by_path().keys().filter_map(|path| Some((*path, within(root, path)?)));
        let matching = paths.filter(|(_, below)| glob::matches(pattern, below));
        Some(matching.filter_map(|(path, below)| Some((below.to_owned(), self.gitlab(path)?))).collect())
    }
}

fn as_gitlab<'r, 's>(file: &'r File<'s, '_>) -> &'r Document<'s> {
    file.of_gitlab.get_or_init(|| Document::read(file.source(), Dialect::GITLAB))
}

/// The digest that the host gave, or else that of the bytes.
pub(super) fn digest(file: &InputFile<'_>) -> String {
    file.digest.map_or_else(|| format!("sha256:{}", hex(&Sha256::digest(file.bytes))), str::to_owned)
}

// The path below a root; none for what is not below it.
fn within<'p>(root: &str, path: &'p str) -> Option<&'p str> {
    if root.is_empty() { Some(path) } else { path.strip_prefix(root)?.strip_prefix('/') }
}
