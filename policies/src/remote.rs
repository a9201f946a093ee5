//! Downloads that a script executes unseen: what to say of them, and which are fixed or checked.

use policy_core::rule::{Confidence, Severity};
use policy_core::shell::sinks::RemoteCode;
use policy_core::shell::{Command, Link, Part, Word};
use policy_core::text::is_digest;

/// The most commands of a pipeline that are looked at behind a download.
const MAX_PIPELINE: usize = 16;

/// What to say at the download.
pub(crate) const LABEL: &str = "can give another script at any time";

/// What is wrong with a download that is executed.
#[derive(Debug)]
pub(crate) struct Remote {
    /// The fact.
    pub(crate) message: String,
    /// The address, as far as it is told, without what may be secret.
    pub(crate) from: String,
    /// How bad it is for most jobs.
    pub(crate) usual: Severity,
    /// How bad for those that have nothing to take.
    pub(crate) least: Severity,
    /// How sure.
    pub(crate) confidence: Confidence,
}

/// What is wrong with a download that is executed; none if its address names a commit or digest, if it comes from the machine itself,
/// or if a program in between checks its signature. `holds_digest` says so of a variable by its name.
pub(crate) fn remote(code: &RemoteCode<'_>, holds_digest: impl Fn(&str) -> bool) -> Option<Remote> {
    if is_pinned(code, holds_digest) || is_verified(code) {
        return None;
    }
    let url = code.url.as_deref();
    let plain = url.is_some_and(|url| !starts_with(url, "https:"));
    let (usual, least, how) = match plain {
        true => (Severity::High, Severity::Medium, ", or whoever is on the way there,"),
        false => (Severity::Medium, Severity::Low, ""),
    };
    let by = code.executes.program().map_or("the shell".into(), |program| format!("`{}`", program.name));
    let from = url.map_or("", shown).to_owned();
    let more = if code.fixed { "" } else { "…" };
    let (address, confidence) = match url {
        Some(_) => (format!("`{from}{more}`"), Confidence::High),
        None => ("an address that does not stand in the script".to_owned(), Confidence::Medium),
    };
    let message = format!("{by} executes what {address}{how} answers at that moment, and nobody has seen it before");
    Some(Remote { message, from, usual, least, confidence })
}

// Without what may be secret: who logs in there, and what is asked.
fn shown(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    let host = url.find("://").map_or(0, |at| at + 3);
    let authority = url.get(host..).and_then(|rest| rest.split('/').next()).unwrap_or("");
    authority.rfind('@').and_then(|at| url.get(host + at + 1..)).unwrap_or(url)
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn is_pinned(code: &RemoteCode<'_>, holds_digest: impl Fn(&str) -> bool) -> bool {
    let host = code.url.as_deref().and_then(|url| url.split("://").nth(1)).unwrap_or("");
    let own = ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| {
        let rest = if starts_with(host, name) { host.get(name.len()..) } else { None };
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    own || code.download.words().iter().filter(|word| !word.starts_with("-")).any(|word| is_fixed(word, &holds_digest))
}

// A commit, or the digest of the file, stands in the address, by itself or by the variable that holds it.
fn is_fixed(word: Word<'_>, holds_digest: &impl Fn(&str) -> bool) -> bool {
    let within = word.parts().flat_map(Part::commands).flat_map(|command| command.words().iter());
    std::iter::once(word).chain(within).any(|word| {
        let text = word.text();
        has_digest(text) || text.contains("github.sha") || word.variables().any(holds_digest)
    })
}

/// Whether a whole commit id or a SHA-256 digest stands in a text, as in an address.
pub(crate) fn has_digest(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(is_digest)
}

// The pipeline goes through a program that lets only signed text pass.
fn is_verified(code: &RemoteCode<'_>) -> bool {
    let behind = std::iter::successors(code.download.next(), |command| command.next()).take(MAX_PIPELINE);
    behind.take_while(|command| command.link() == Link::Pipe).any(verifies)
}

fn verifies(command: Command<'_>) -> bool {
    let Some(program) = command.program() else { return false };
    let asked = |option: &str| program.arguments.iter().any(|word| word.is(option));
    program.is_any(&["gpgv", "minisign"])
        || (program.is_any(&["gpg", "gpg2"]) && (asked("-d") || asked("--decrypt") || asked("--verify")))
        || (program.is("openssl") && asked("-verify"))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn an_address_is_shown_without_what_may_be_secret() {
        assert_eq!(shown("https://a.example/b"), "https://a.example/b");
        assert_eq!(shown("https://a.example/b?key=c#d"), "https://a.example/b");
        assert_eq!(shown("https://a.example/@b"), "https://a.example/@b");
        assert_eq!(shown("https://user:pass@a.example/b"), "a.example/b");
    }
}
