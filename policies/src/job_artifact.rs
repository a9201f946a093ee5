//! What jobs of GitLab keep as artifacts, and who can fetch them.

use policy_core::model::gitlab::{Job, Value, glob};
use policy_core::read::{Read, Truth};

/// The most paths of a job that are looked at.
const MAX_PATHS: usize = 64;

/// The artifacts of a job.
pub(crate) struct Artifacts<'u> {
    /// The mapping.
    pub(crate) value: Value<'u>,
    /// The paths that are kept, as written, and below the project's folder.
    pub(crate) paths: Vec<(Value<'u>, &'u str)>,
    // Reports with variables for later jobs.
    dotenv: Vec<(Value<'u>, &'u str)>,
    exclude: Vec<&'u str>,
}

impl<'u> Artifacts<'u> {
    /// Those of a job that are here to mend; none where nothing is kept.
    pub(crate) fn of(job: &Job<'u>) -> Option<Self> {
        let value = job.get("artifacts").is()?;
        let list = |of: Value<'u>, key: &str| of.get(key).is().map(Value::flat).unwrap_or_default();
        let below = |path: &Value<'u>| Some((*path, below_project(path.text()?)));
        let own = |list: Vec<Value<'u>>| {
            let own = list.into_iter().filter(|path| path.origin().is_own()).take(MAX_PATHS);
            own.filter_map(|path| below(&path)).collect()
        };
        let reports = value.get("reports").is();
        let dotenv = own(reports.map(|reports| list(reports, "dotenv")).unwrap_or_default());
        let exclude = list(value, "exclude").iter().filter_map(below).map(|(_, path)| path).take(MAX_PATHS).collect();
        Some(Self { value, paths: own(list(value, "paths")), dotenv, exclude })
    }

    /// What is kept, and what is reported to later jobs.
    pub(crate) fn all(&self) -> impl Iterator<Item = &(Value<'u>, &'u str)> {
        self.paths.iter().chain(&self.dotenv)
    }

    /// The path by which a file is kept.
    pub(crate) fn keeping(&self, file: &str) -> Option<Value<'u>> {
        let file = below_project(file);
        let covers = |path: &str| {
            let folder = path.trim_end_matches('/');
            is_whole(path)
                || path == file
                || file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
                || glob::matches(path, file)
        };
        // What a variable names, both may name.
        let apart = file.starts_with(['/', '~']) || (file.starts_with('$') && !self.all().any(|(_, path)| *path == file));
        let kept = self.all().find(|(_, path)| covers(path)).filter(|_| !apart && !self.excludes(file));
        kept.map(|(value, _)| *value)
    }

    /// Whether `exclude` leaves a file out.
    pub(crate) fn excludes(&self, file: &str) -> bool {
        self.exclude.iter().any(|path| *path == file || glob::matches(path, file))
    }

    /// Whether everyone who sees the pipeline can fetch them: `access`, or `public`, says less.
    pub(crate) fn is_for_all(&self) -> Truth {
        match (self.value.get("access").and_then(Value::read), self.value.get("public").and_then(Value::boolean)) {
            (Read::Absent, Read::Absent | Read::Is(true)) | (Read::Is("all"), Read::Absent) => Truth::True,
            (Read::Is("developer" | "maintainer" | "none"), _) | (_, Read::Is(false)) => Truth::False,
            _ => Truth::Unknown,
        }
    }
}

/// Whether a path takes the whole folder of the project.
pub(crate) fn is_whole(path: &str) -> bool {
    matches!(path.trim_end_matches('/'), "" | "." | "**/*" | "**" | "$CI_PROJECT_DIR" | "${CI_PROJECT_DIR}")
}

fn below_project(path: &str) -> &str {
    let path = path.strip_prefix("./").filter(|path| !path.is_empty()).unwrap_or(path);
    ["$CI_PROJECT_DIR/", "${CI_PROJECT_DIR}/"]
        .iter()
        .find_map(|folder| path.strip_prefix(folder))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(path)
}
