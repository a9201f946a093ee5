//! Pipelines of GitLab: resolved from the files of a call, and what keeps them from being judged in full.

use super::lower::Lowering;
use super::reader::Reader;
use super::{Need, say};
use crate::document::Document;
use crate::link::Roles;
use crate::model::gitlab::{self, FaultKind, Files, Resolved};
use crate::report::{FileCoverage, WhyCode};
use crate::unit::Unit;

/// Resolves a root file, or says what is needed first. A file that only its content says to be a pipeline may be a part of one, to
/// which others are added.
pub(super) fn resolve<'r>(
    reader: &'r Reader<'_, '_>,
    document: &'r Document<'r>,
    place: Option<(&str, &str)>,
) -> Result<Resolved<'r>, Need> {
    let tree = reader.tree();
    let files = Files {
        find: &|root, path| reader.find_gitlab(root, path),
        glob: &|root, pattern| reader.glob(root, pattern),
        root: place.map(|(root, _)| root),
        sources: tree.sources,
        merged: tree.merged,
        part: !tree.merged && !place.is_some_and(|(_, below)| Roles::by_path(below).gitlab_pipeline),
    };
    gitlab::resolve(document, &files).map_err(|needs| Need {
        base: false,
        root: document.source().path().to_owned(),
        paths: needs.paths.into_iter().collect(),
        globs: needs.globs.into_iter().collect(),
    })
}

/// Puts what GitLab refuses, and what is not here, into the coverage of the root file.
pub(super) fn say_faults<'u>(unit: &'u Unit<'u>, lowering: &Lowering<'_, 'u>, coverage: &mut FileCoverage) {
    for fault in unit.gitlab().map_or(&[][..], Resolved::faults) {
        say(coverage, code(fault.kind), || (fault.message.clone().into_owned(), lowering.location(fault.at, None)));
    }
}

/// The kind of reason that a fault of a pipeline is.
pub(crate) fn code(kind: FaultKind) -> WhyCode {
    match kind {
        FaultKind::Refused => WhyCode::Refused,
        FaultKind::Unavailable => WhyCode::Unavailable,
        FaultKind::TooComplex => WhyCode::TooComplex,
    }
}
