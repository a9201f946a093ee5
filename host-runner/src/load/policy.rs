//! The policy and the baseline of a run: the organisation's, that of the protected ref, and what the change brings.

use std::path::{Path, PathBuf};

use anyhow::Context;
use policy_core::source::Origin;

use super::Selection;
use super::discover::joined;
use super::trust::Trust;

/// Where a repository keeps its policy: one of these.
pub(crate) const POLICY_PATHS: [&str; 2] = ["gatepost.yaml", ".github/gatepost.yaml"];

/// Where it keeps its baseline.
pub(crate) const BASELINE_PATH: &str = "gatepost-baseline.json";

/// The largest policy or baseline that is read.
const MAX_BYTES: u64 = 32 << 20;

/// A policy or a baseline, and who could have written it.
#[derive(Clone, Debug)]
pub struct LayerFile {
    /// The path that it is shown by.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Who could have written it.
    pub origin: Origin,
    /// How that is known.
    pub because: Option<String>,
}

/// The layers of a run, the highest first: the organisation's file, if there is one, and the repository's. `origin` is who could have
/// written the files of the repository, where the user says so.
///
/// # Errors
/// When one cannot be read, or a repository has two.
pub fn layers(selection: &Selection, organisation: Option<&Path>, origin: Option<Origin>) -> anyhow::Result<Vec<LayerFile>> {
    let mut layers = Vec::new();
    let own = own_root(selection);
    if let Some(file) = organisation {
        match own.as_ref().and_then(|root| root.below(file).map(|below| (root, below))) {
            // What lies in the repository is not given from outside of it.
            Some((root, below)) => layers.extend(root.sides(&[below.as_str()], origin)?),
            None => {
                let bytes = read(file)?.with_context(|| format!("{} is not there", file.display()))?;
                let because = Some("given to the command".to_owned());
                layers.push(LayerFile { path: file.display().to_string(), bytes, origin: Origin::Organisation, because });
            }
        }
    }
    if let Some(root) = own {
        let known: Vec<String> = layers.iter().map(|layer| layer.path.clone()).collect();
        layers.extend(root.sides(&POLICY_PATHS, origin)?.into_iter().filter(|layer| !known.contains(&layer.path)));
    }
    Ok(layers)
}

/// The baselines of a run: the file that is given, or the repository's.
///
/// # Errors
/// When one cannot be read.
pub fn baselines(selection: &Selection, given: Option<&Path>, origin: Option<Origin>) -> anyhow::Result<Vec<LayerFile>> {
    let own = own_root(selection);
    let Some(file) = given else {
        return own.map_or_else(|| Ok(Vec::new()), |root| root.sides(&[BASELINE_PATH], origin));
    };
    if let Some((root, below)) = own.as_ref().and_then(|root| root.below(file).map(|below| (root, below))) {
        return root.sides(&[below.as_str()], origin);
    }
    let bytes = read(file)?.with_context(|| format!("{} is not there", file.display()))?;
    let because = Some("given to the command".to_owned());
    Ok(vec![LayerFile { path: file.display().to_string(), bytes, origin: Origin::Organisation, because }])
}

/// Where the one repository, or the one folder, of a run is: one policy cannot hold for several.
#[must_use]
pub fn own_folder(selection: &Selection) -> Option<PathBuf> {
    own_root(selection).map(|root| root.folder.to_path_buf())
}

struct Root<'s> {
    prefix: &'s str,
    folder: &'s Path,
    trust: Option<&'s Trust>,
}

fn own_root(selection: &Selection) -> Option<Root<'_>> {
    let mut all = selection.bare.iter().chain(&selection.roots);
    let (prefix, folder) = all.next()?;
    let trust = selection.trust.get(prefix);
    // The name of standard input can stand for a place in the repository that is asked from.
    all.all(|(root, _)| root.is_empty() && prefix.is_empty()).then_some(Root { prefix, folder, trust })
}

impl Root<'_> {
    // The path of a file below the root, if it lies there.
    fn below(&self, file: &Path) -> Option<String> {
        let (file, root) = (file.canonicalize().ok()?, self.folder.canonicalize().ok()?);
        let parts: Option<Vec<&str>> = file.strip_prefix(root).ok()?.iter().map(std::ffi::OsStr::to_str).collect();
        parts.map(|parts| parts.join("/"))
    }

    // The file of one of these names, as it stands at the protected ref, and as the change brings it if that differs.
    fn sides(&self, names: &[&str], origin: Option<Origin>) -> anyhow::Result<Vec<LayerFile>> {
        let mut found = Vec::new();
        for name in names {
            if let Some(bytes) = read(&self.folder.join(name))? {
                found.push((*name, bytes));
            }
        }
        anyhow::ensure!(found.len() < 2, "there are two policies, {}: keep one", names.join(" and "));
        let shown = |name: &str| joined(self.prefix, name);
        let known = |because: &str| Some(because.to_owned());
        let mut layers = Vec::new();
        if let (Some(Trust::Against(base, because)), None) = (self.trust, origin) {
            for name in names {
                if let Some(bytes) = base.bytes(name)? {
                    layers.push(LayerFile { path: shown(name), bytes, origin: Origin::Protected, because: known(because) });
                    break;
                }
            }
            let brought = found.into_iter().filter(|(_, bytes)| layers.iter().all(|layer| layer.bytes != *bytes));
            let brought = brought.map(|(name, bytes)| LayerFile {
                path: shown(name),
                bytes,
                origin: Origin::Change,
                because: known("the change brings it"),
            });
            let brought: Vec<_> = brought.collect();
            layers.extend(brought);
            return Ok(layers);
        }
        let (origin, because) = match (origin, self.trust) {
            (Some(origin), _) => (origin, known("said by `--origin`")),
            (None, Some(Trust::Unknown(because))) => (Origin::Unknown, Some(because.clone())),
            (None, _) => (Origin::Unknown, known("it lies in no git repository")),
        };
        layers.extend(found.into_iter().map(|(name, bytes)| LayerFile {
            path: shown(name),
            bytes,
            origin,
            because: because.clone(),
        }));
        Ok(layers)
    }
}

// None where there is no such file. A link could lead anywhere, and what it leads to is not part of the repository.
fn read(file: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let Ok(found) = std::fs::symlink_metadata(file) else { return Ok(None) };
    anyhow::ensure!(found.is_file(), "{} is no regular file", file.display());
    anyhow::ensure!(found.len() <= MAX_BYTES, "{} is larger than the {} MiB that are read", file.display(), MAX_BYTES >> 20);
    std::fs::read(file).map(Some).with_context(|| format!("{} cannot be read", file.display()))
}
