//! Findings beside those of a peer on the same files: what both find, what only one does, and why.

mod checkov;
mod zizmor;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

use crate::tools::{corpora, workspace};

const DOCUMENT: &str = "docs/comparison.md";
const END: &str = "<!-- end -->";

/// The most lines of each kind that are listed.
const MAX_LISTED: usize = 4000;

/// What a peer finds and we do not, on purpose: `rule<TAB>words of the finding<TAB>fixture<TAB>why`.
struct Excuse<'e> {
    ident: &'e str,
    words: &'e str,
    fixture: &'e str,
    why: &'e str,
}

/// What became of a finding of a peer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Both,
    Excused,
    OnlyTheirs,
}

/// Compares with a peer, prints what differs, and writes the tables into the documentation.
pub(crate) fn run(peer: &str, folder: Option<PathBuf>, list: bool) -> anyhow::Result<()> {
    match peer {
        "zizmor" => zizmor::run(folder, list),
        "checkov" => checkov::run(folder, list),
        _ => bail!("there is no comparison with `{peer}`: `zizmor` and `checkov` are"),
    }
}

fn folder_or(folder: Option<PathBuf>, corpus: &str) -> anyhow::Result<PathBuf> {
    match folder {
        Some(folder) => Ok(std::path::absolute(folder)?),
        None => Ok(corpora(None).context("the corpora are not here: name a folder, or set GATEPOST_CORPORA")?.join(corpus)),
    }
}

fn excuses<'e>(peer: &str, text: &'e str) -> anyhow::Result<Vec<Excuse<'e>>> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let excuse = |line: &'e str| {
        let mut fields = line.split('\t');
        let mut next = || fields.next().filter(|field| !field.is_empty());
        let all = (next(), next(), next(), next());
        let (Some(ident), Some(words), Some(fixture), Some(why)) = all else {
            bail!("excused-{peer}.tsv: four fields are needed: {line}");
        };
        ensure!(workspace().join(fixture).is_file(), "excused-{peer}.tsv names {fixture}, which is not there");
        Ok(Excuse { ident, words, fixture, why })
    };
    lines.map(excuse).collect()
}

// Words with a `*` at their end speak of all that begins so.
fn speaks_of(words: &str, about: &str) -> bool {
    match words.strip_suffix('*') {
        Some(beginning) => about.starts_with(beginning),
        None => about.eq_ignore_ascii_case(words),
    }
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Our rules by the peer's name for them.
fn aliases(peer: &str) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    #[derive(Deserialize)]
    struct Listed {
        id: String,
        aliases: Vec<String>,
    }
    let listed: Vec<Listed> = serde_json::from_slice(&std::fs::read(workspace().join("policies/rules.json"))?)?;
    let mut by_alias: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for rule in listed {
        for alias in rule.aliases.iter().filter_map(|alias| alias.strip_prefix(&format!("{peer}/"))) {
            by_alias.entry(alias.to_owned()).or_default().push(rule.id.clone());
        }
    }
    Ok(by_alias)
}

fn list_excuses(excuses: &[Excuse<'_>]) -> Vec<String> {
    let head = "\nExcused, each by the platform's semantics and shown by a fixture:\n".to_owned();
    let each = excuses.iter().map(|Excuse { ident, words, fixture, why }| format!("- {ident} `{words}`: {why} (`{fixture}`)"));
    std::iter::once(head).chain(each).collect()
}

// Between the lines that begin and end what is made.
fn write(peer: &str, text: &str) -> anyhow::Result<()> {
    let path = workspace().join(DOCUMENT);
    let begin = format!("<!-- made by `cargo xtask compare {peer}` -->");
    let old = std::fs::read_to_string(&path)?;
    let (head, rest) = old.split_once(&begin).context("the document has no place for the tables")?;
    let (_, tail) = rest.split_once(END).context("the place for the tables does not end")?;
    std::fs::write(path, format!("{head}{begin}\n\n{text}\n{END}{tail}"))?;
    Ok(())
}
