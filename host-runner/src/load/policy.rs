//! The policy and the baseline of a run: the organisation's, that of the protected ref, and what the change brings.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use anyhow::Context;
use policy_core::source::Origin;

use super::Selection;
use super::discover::{git_top, joined, plain, slashed};
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
    /// The folder that it lies in.
    pub folder: PathBuf,
}

/// The layers of a run, the highest first: the organisation's file, if there is one, and the repository's. `origin` is who could have
/// written the files of the repository, where the user says so.
///
/// # Errors
/// When one cannot be read, a repository has two, or there are several repositories of which one has a policy.
pub fn layers(selection: &Selection, organisation: Option<&Path>, origin: Option<Origin>) -> anyhow::Result<Vec<LayerFile>> {
    let mut layers = organisation.map_or_else(|| Ok(Vec::new()), |file| given(selection, file, origin))?;
    for root in own_roots(selection)? {
        let own = root.sides(&POLICY_PATHS, origin)?;
        layers.extend(own.into_iter().filter(|own| layers.iter().all(|layer| layer.path != own.path)).collect::<Vec<_>>());
    }
    Ok(layers)
}

/// The baselines of a run: the file that is given, or the repository's.
///
/// # Errors
/// When one cannot be read.
pub fn baselines(selection: &Selection, file: Option<&Path>, origin: Option<Origin>) -> anyhow::Result<Vec<LayerFile>> {
    if let Some(file) = file {
        return given(selection, file, origin);
    }
    let own: anyhow::Result<Vec<Vec<LayerFile>>> =
        own_roots(selection)?.iter().map(|root| root.sides(&[BASELINE_PATH], origin)).collect();
    Ok(own?.concat())
}

/// The module that a policy asks for. One that stands in a repository names no file outside of its own folder, which a change could
/// have chosen.
///
/// # Errors
/// When it cannot be read.
pub fn module_of(selection: &Selection, layer: &LayerFile, path: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    let below = Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    anyhow::ensure!(
        below || layer.origin == Origin::Organisation,
        "its `path` leads out of the folder of the policy: let the module lie in it, or below"
    );
    module(selection, &layer.folder.join(path))
}

/// The module of a plugin: in the repository that is judged as it stands at the protected ref and as the change has it, which the digest
/// tells apart; elsewhere as it is.
///
/// # Errors
/// When it cannot be read.
pub fn module(selection: &Selection, file: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    Ok(given(selection, file, None)?.into_iter().map(|found| found.bytes).collect())
}

/// Where the one repository, or the one folder, of a run is: one baseline cannot hold for several.
#[must_use]
pub fn own_folder(selection: &Selection) -> Option<PathBuf> {
    own_roots(selection).ok()?.pop().map(|root| root.folder)
}

// A file that is named. What lies in the repository that is judged, or that the command is started in, is not given from outside of it.
fn given(selection: &Selection, file: &Path, origin: Option<Origin>) -> anyhow::Result<Vec<LayerFile>> {
    let absolute = plain(&std::path::absolute(file).with_context(|| format!("{} is not a path", file.display()))?);
    if let Some(top) = git_top(&absolute).filter(|top| selection.trust.contains_key(top)) {
        let below = absolute.strip_prefix(&top).ok().and_then(slashed).unwrap_or_default();
        let folders = Path::new(&below).ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        let link = folders.map(|folder| top.join(folder)).find(|folder| folder.is_symlink());
        anyhow::ensure!(link.is_none(), "{} lies behind a link: name it by where it is", file.display());
        let found = top_root(selection, &top).sides(&[below.as_str()], origin)?;
        anyhow::ensure!(!found.is_empty(), "{} is not there", file.display());
        return Ok(found);
    }
    let bytes = read(file)?.with_context(|| format!("{} is not there", file.display()))?;
    let because = Some("given to the command".to_owned());
    let folder = absolute.parent().unwrap_or(&absolute).to_path_buf();
    Ok(vec![LayerFile { path: file.display().to_string(), bytes, origin: Origin::Organisation, because, folder }])
}

struct Root<'s> {
    prefix: String,
    folder: PathBuf,
    trust: Option<&'s Trust>,
}

// The repository of a run, and within it the one folder that stands for a repository, if that is another. A folder within that looks
// like a repository does not take the place of the one that it lies in.
fn own_roots(selection: &Selection) -> anyhow::Result<Vec<Root<'_>>> {
    let folders: Vec<(&String, &PathBuf)> = selection.bare.iter().chain(&selection.roots).collect();
    let tops: BTreeSet<PathBuf> = folders.iter().map(|(_, folder)| git_top(folder).unwrap_or_else(|| (*folder).clone())).collect();
    let mut roots: Vec<Root<'_>> = tops.iter().map(|top| top_root(selection, top)).collect();
    if roots.len() > 1 {
        for root in &roots {
            let held =
                [&POLICY_PATHS[..], &[BASELINE_PATH]].iter().map(|names| root.sides(names, None)).collect::<Result<Vec<_>, _>>()?;
            anyhow::ensure!(
                held.concat().is_empty(),
                "{} has a policy or a baseline, which cannot hold for the other folders: judge each by itself",
                root.folder.display()
            );
        }
        return Ok(Vec::new());
    }
    if let ([(prefix, folder)], true) =
        (folders.as_slice(), roots.iter().all(|root| folders.iter().all(|(_, folder)| **folder != root.folder)))
    {
        roots.push(Root { prefix: (*prefix).clone(), folder: (*folder).clone(), trust: None });
    }
    Ok(roots)
}

fn top_root<'s>(selection: &'s Selection, top: &Path) -> Root<'s> {
    let known = selection.roots.iter().chain(&selection.bare).find(|(_, folder)| folder.as_path() == top);
    let here = || std::env::current_dir().is_ok_and(|here| here.starts_with(top));
    let prefix = known.map(|(prefix, _)| prefix.clone());
    let prefix = prefix.unwrap_or_else(|| if here() { String::new() } else { top.to_string_lossy().replace('\\', "/") });
    Root { prefix, folder: top.to_path_buf(), trust: selection.trust.get(top) }
}

impl Root<'_> {
    // The file of one of these names, as it stands at the protected ref, and as the change brings it if that differs.
    fn sides(&self, names: &[&str], origin: Option<Origin>) -> anyhow::Result<Vec<LayerFile>> {
        let mut found = Vec::new();
        for name in names {
            if let Some(bytes) = read(&self.folder.join(name))? {
                found.push((*name, bytes));
            }
        }
        anyhow::ensure!(found.len() < 2, "there are two policies, {}: keep one", names.join(" and "));
        let shown = |name: &str| joined(&self.prefix, name);
        let known = |because: &str| Some(because.to_owned());
        let folder = |name: &str| self.folder.join(name).parent().unwrap_or(&self.folder).to_path_buf();
        let mut layers = Vec::new();
        if let (Some(Trust::Against(base, because)), None) = (self.trust, origin) {
            for name in names {
                if let Some(bytes) = base.bytes(name)? {
                    let (path, because, folder) = (shown(name), known(because), folder(name));
                    layers.push(LayerFile { path, bytes, origin: Origin::Protected, because, folder });
                    break;
                }
            }
            let brought = found.into_iter().filter(|(_, bytes)| layers.iter().all(|layer| layer.bytes != *bytes));
            let brought = brought.map(|(name, bytes)| LayerFile {
                path: shown(name),
                folder: folder(name),
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
            folder: folder(name),
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
    let unread = || format!("{} cannot be read", file.display());
    let mut bytes = Vec::new();
    // Of some files the system does not say how long they are.
    std::fs::File::open(file).with_context(unread)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).with_context(unread)?;
    anyhow::ensure!(bytes.len() as u64 <= MAX_BYTES, "{} is larger than the {} MiB that are read", file.display(), MAX_BYTES >> 20);
    Ok(Some(bytes))
}
