//! Which variables of a job of GitLab hold secrets. Most are set where no file shows it, so their names have to tell.

use policy_core::model::gitlab::{Job, JobScript, KeyValue, Value, variables};
use policy_core::read::Read;
use policy_core::rule::Cx;
use policy_core::shell::{Language, Part, PartKind, Script, Word};

use crate::printed::Taint;
use crate::printing::{Expanded, assigned, assignments, expanded};

/// How far variables that hold variables are followed.
const MAX_DEPTH: usize = 4;

/// The most variables of a file that are kept.
const MAX_KNOWN: usize = 64;

/// A secret that a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held<'u> {
    /// The variable that it came in with.
    pub(crate) name: &'u str,
    /// Whether it ends with the job, and GitLab hides it in logs.
    pub(crate) of_job: bool,
}

/// Credentials that GitLab gives to every job, and takes back when it ends.
const OF_JOB: &[&str] =
    &["CI_DEPENDENCY_PROXY_PASSWORD", "CI_JOB_JWT", "CI_JOB_JWT_V1", "CI_JOB_JWT_V2", "CI_JOB_TOKEN", "CI_REGISTRY_PASSWORD"];

/// What names of secrets end in, as whole words.
const ENDINGS: &[&str] = &[
    "ACCOUNT_KEY",
    "API_KEY",
    "APIKEY",
    "AUTH_KEY",
    "CLIENT_KEY",
    "CREDENTIALS",
    "DEPLOY_KEY",
    "ENCRYPTION_KEY",
    "PASS",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "PRIVATE_KEY",
    "PRIV_KEY",
    "PUSH_KEY",
    "SA_KEY",
    "SECRET",
    "SECRET_ACCESS_KEY",
    "SECRET_KEY",
    "SIGNING_KEY",
    "SIGN_KEY",
    "SSH_KEY",
    "TOKEN",
];

/// Whether the name of a variable says that it holds a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let ends = |ending: &str| {
        let before = name.len().checked_sub(ending.len()).and_then(|at| name.split_at_checked(at));
        before.is_some_and(|(before, end)| end.eq_ignore_ascii_case(ending) && (before.is_empty() || before.ends_with('_')))
    };
    ENDINGS.iter().any(|ending| ends(ending)) || OF_JOB.contains(&name)
}

fn by_name(name: &str) -> Option<Held<'_>> {
    is_secret_name(name).then(|| Held { name, of_job: OF_JOB.contains(&name) })
}

/// The secrets of a job.
pub(crate) struct Secrets<'u> {
    // What the file says of variables: that they hold a secret, or that they hold none in spite of their name.
    known: Vec<(&'u str, Option<Held<'u>>)>,
}

impl<'u> Secrets<'u> {
    /// Those of a job.
    pub(crate) fn of(cx: &Cx<'u>, job: &Job<'u>) -> Self {
        let mut secrets = Self { known: Vec::new() };
        for token in job.get("id_tokens").is().into_iter().flat_map(Value::entries) {
            secrets.add(token.key, Some(Held { name: token.key, of_job: true }));
        }
        for secret in job.own("secrets").is().into_iter().flat_map(Value::entries) {
            // Without this, the variable holds the path of a file.
            let text = secret.value.get("file").and_then(Value::boolean) == Read::Is(false);
            secrets.add(secret.key, text.then_some(Held { name: secret.key, of_job: false }));
        }
        let all = [job.own("variables"), job.pipeline().variables()];
        for entry in all.into_iter().filter_map(Read::is).flat_map(Value::entries) {
            if !cx.budget.spend(2) {
                break;
            }
            secrets.add_entry(cx, job, &entry);
        }
        secrets
    }

    fn add(&mut self, name: &'u str, held: Option<Held<'u>>) {
        // The first of a name counts.
        if self.known.len() < MAX_KNOWN {
            self.known.push((name, held));
        }
    }

    fn add_entry(&mut self, cx: &Cx<'u>, job: &Job<'u>, entry: &KeyValue<'u>) {
        let Some(text) = entry.value.of_variable().is().and_then(Value::text) else { return };
        // What is empty waits for a value from elsewhere.
        if text.is_empty() || (!text.contains('$') && !is_secret_name(entry.key)) {
            return;
        }
        let held = held_by(cx, job, entry.key, text, 0);
        if held.is_some() || is_secret_name(entry.key) {
            self.add(entry.key, held);
        }
    }

    /// Whether a script uses one of them.
    pub(crate) fn are_in(&self, script: &JobScript<'u>) -> bool {
        let mut names = script.variables().map(|name| name.split_once(':').map_or(name, |(_, name)| name));
        names.any(|name| self.get(name).is_some())
    }

    /// The secret that a variable holds.
    pub(crate) fn get(&self, name: &'u str) -> Option<Held<'u>> {
        let known = self.known.iter().find(|(known, _)| *known == name);
        known.map_or_else(|| by_name(name), |(_, held)| *held)
    }
}

/// The secrets of a job in one of its scripts, which sets variables of its own.
pub(crate) struct InScript<'c, 'u> {
    secrets: &'c Secrets<'u>,
    language: Language,
    // What the script sets, and from where on.
    set: Vec<(&'u str, u32)>,
}

impl<'c, 'u> InScript<'c, 'u> {
    /// Those of a script; none when the work is spent.
    pub(crate) fn new(cx: &Cx<'u>, secrets: &'c Secrets<'u>, script: &'u Script<'u>) -> Option<Self> {
        let paid = cx.budget.spend(script.text().len() / 8 + 1);
        let words = script.commands().filter(|_| paid).flat_map(assignments);
        let set = words.filter_map(|word| assigned(word).filter(|name| is_secret_name(name)).zip(Some(word.span().end)));
        let set = set.take(MAX_KNOWN).collect();
        paid.then_some(Self { secrets, language: script.language(), set })
    }

    /// The secret that a part of a word gives, and whether in full.
    pub(crate) fn part(&self, part: Part<'u>) -> Option<(Held<'u>, bool)> {
        let named = part.name();
        let name = match self.language {
            Language::PowerShell => named.split_once(':').filter(|(scope, _)| scope.eq_ignore_ascii_case("env"))?.1,
            Language::Posix | Language::Cmd => named,
        };
        if part.kind() != PartKind::Variable || self.set.iter().any(|(set, from)| *set == name && *from <= part.span().start) {
            return None;
        }
        let derived = match expanded(part.text(), named, self.language) {
            Expanded::Same => false,
            Expanded::Derived => true,
            Expanded::Nothing => return None,
        };
        self.secrets.get(name).map(|held| (held, derived))
    }

    /// The first secret in a word.
    pub(crate) fn word(&self, word: Word<'u>) -> Option<Held<'u>> {
        word.parts().find_map(|part| self.part(part)).map(|(held, _)| held)
    }

    /// What is followed of a part.
    pub(crate) fn taint(&self, part: Part<'u>) -> Option<Taint<'u>> {
        self.part(part).map(|(held, derived)| Taint { secret: held.name, derived })
    }
}

// The secret in a text that a variable is set to.
fn held_by<'u>(cx: &Cx<'u>, job: &Job<'u>, own: &'u str, text: &'u str, depth: usize) -> Option<Held<'u>> {
    variables::all(text).filter(|variable| !variable.is_input).find_map(|variable| {
        let inner = if variable.name == own || depth == MAX_DEPTH || !cx.budget.spend(16) {
            Read::Absent
        } else {
            job.variable(variable.name)
        };
        match inner.is().and_then(Value::text).filter(|inner| !inner.is_empty()) {
            Some(inner) => held_by(cx, job, variable.name, inner, depth + 1),
            None => by_name(variable.name),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::is_secret_name;

    #[test]
    fn names_tell_by_their_last_words() {
        for name in
            ["CI_JOB_TOKEN", "NPM_TOKEN", "token", "AWS_SECRET_ACCESS_KEY", "SSH_KEY", "A_API_KEY", "NEXUS_PASS", "CI_JOB_JWT_V2"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "SECRET_NAME",
            "GITLAB_TOKEN_TYPE",
            "CACHE_KEY",
            "COMPASS",
            "KEY",
            "PUBLIC_KEY",
            "GIT_CONFIG_KEY_0",
            "PASSED",
            "é_TOKENS",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
