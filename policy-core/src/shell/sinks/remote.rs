//! Downloads that are executed unseen.

use std::borrow::Cow;

use super::interpreters;
use super::rereads::rereads;
use super::{Work, upstream};
use crate::shell::command::{Command, Kind};
use crate::shell::program::Program;
use crate::shell::word::{Part, PartKind, Word};
use crate::shell::{Language, Script};

/// A download that is executed without being looked at.
#[derive(Clone, Debug)]
pub struct RemoteCode<'s> {
    /// The command that downloads.
    pub download: Command<'s>,
    /// The command that executes.
    pub executes: Command<'s>,
    /// The address, if it is told and has a scheme: the part before its first variable if it has one.
    pub url: Option<Cow<'s, str>>,
    /// Whether the address is wholly literal.
    pub fixed: bool,
}

/// The downloads of a script that an interpreter executes as they come:
///
/// - `curl … | sh`, also through filters, groups, `sudo` and `xargs`; the interpreter must have no script and no code of its own, so
///   `curl … | python -m json.tool` is none,
/// - `bash <(curl …)`, `source <(curl …)`, `bash < <(curl …)`,
/// - `eval "$(curl …)"`, `sh -c "$(curl …)"`, `bash <<< "$(curl …)"`: the output stands where a command begins,
/// - `iwr … | iex`, `iex (irm …)`, `iex "& { $(irm …) }"`, `[scriptblock]::Create((irm …))`, and the same with `.DownloadString(…)`.
///
/// A download prints: `curl` without `-o` and `-O`, `wget` with `-O -`. One that is saved and run later is none.
#[must_use]
pub fn remote_code<'s>(script: &'s Script<'_>) -> Vec<RemoteCode<'s>> {
    let mut found: Vec<RemoteCode<'s>> = Vec::new();
    if !names_download(script) {
        return found;
    }
    let mut work = Work::of(script);
    for command in script.commands() {
        if executes_input(command) {
            for source in upstream(command, executes_input) {
                found.extend(download_in(source, &mut work).map(|download| remote(download, command)));
            }
        }
    }
    for reread in rereads(script) {
        let own = reread.code.command() == Some(reread.command);
        if !own && script.language() == Language::PowerShell {
            // The pipeline was looked at above.
            continue;
        }
        let download = download_of(reread.code, reread.by == "scriptblock", &mut work);
        let download = download.or_else(|| (own && fetches(reread.code)).then_some(reread.command));
        let again = found.last().is_some_and(|last| download == Some(last.download) && last.executes == reread.command);
        found.extend(download.filter(|_| !again).map(|download| remote(download, reread.command)));
    }
    found
}

// Most scripts name nothing that downloads, and need no second look. PowerShell's names do not depend on case.
fn names_download(script: &Script<'_>) -> bool {
    let named = |name: &&str| memchr::memmem::find(script.text().as_bytes(), name.as_bytes()).is_some();
    script.language() == Language::PowerShell || ["curl", "wget"].iter().any(named)
}

fn remote<'s>(download: Command<'s>, executes: Command<'s>) -> RemoteCode<'s> {
    let address = |word: &Word<'s>| {
        let text = word.leading();
        let lower = text.get(..8).unwrap_or(&text).to_ascii_lowercase();
        lower.starts_with("http://") || lower.starts_with("https://") || lower.starts_with("ftp://")
    };
    let nested = |word: Word<'s>| word.parts().flat_map(Part::commands).flat_map(|command| command.words().iter());
    let word = download.words().iter().find(address).or_else(|| download.words().iter().flat_map(nested).find(address));
    RemoteCode { download, executes, url: word.map(Word::leading), fixed: word.is_some_and(Word::is_constant) }
}

/// Whether a command runs what it reads.
fn executes_input(command: Command<'_>) -> bool {
    let Some(program) = command.program() else { return false };
    if command.language() == Language::PowerShell && program.is_any(&["iex", "Invoke-Expression"]) {
        return true;
    }
    let carried = if program.is("xargs") { interpreters::of_xargs(&program, command.language()) } else { None };
    let runs = carried.as_ref().unwrap_or(&program);
    if runs.is("source") || runs.is(".") {
        return runs.arguments.get(0).is_some_and(|word| word.is("/dev/stdin"));
    }
    interpreters::of_program(runs).is_some_and(|interpreter| interpreters::reads_input(interpreter, runs.arguments))
}

/// The first download whose output stands where a command begins in a word that is read as code.
fn download_of<'s>(code: Word<'s>, anywhere: bool, work: &mut Work) -> Option<Command<'s>> {
    let mut begins = true;
    for part in code.parts() {
        if begins || anywhere {
            let mut commands = part.commands().take_while(|command| work.spend(*command));
            if let Some(found) = commands.find(|command| is_download(*command)) {
                return Some(found);
            }
        }
        let text = part.text().trim_end_matches([' ', '\t', '\r']);
        begins = part.kind() == PartKind::Literal && (text.is_empty() || text.ends_with([';', '&', '|', '{', '(', '\n']));
    }
    None
}

/// The first download that a command is made of; in `PowerShell` also one within a word of a value.
fn download_in<'s>(command: Command<'s>, work: &mut Work) -> Option<Command<'s>> {
    let inner = command.kind().is_compound() || command.language() == Language::PowerShell;
    let descendants = inner.then(|| command.descendants()).into_iter().flatten();
    std::iter::once(command).chain(descendants).take_while(|command| work.spend(*command)).find(|command| is_download(*command))
}

/// Whether a word calls a method that downloads.
fn fetches(word: Word<'_>) -> bool {
    word.parts().any(|part| part.kind() == PartKind::Literal && is_method(part.text()))
}

fn is_download(command: Command<'_>) -> bool {
    let powershell = command.language() == Language::PowerShell;
    if powershell && matches!(command.kind(), Kind::Simple | Kind::Value) && command.words().iter().any(fetches) {
        return true;
    }
    let Some(program) = command.program() else { return false };
    let cmdlet = powershell && program.is_any(&["iwr", "irm", "Invoke-WebRequest", "Invoke-RestMethod", "curl", "wget"]);
    if cmdlet {
        return !program.arguments.iter().any(|word| word.is("-OutFile") || word.is("-o"));
    }
    (program.is("curl") && curl_prints(&program)) || (program.is("wget") && wget_prints(&program))
}

fn is_method(text: &str) -> bool {
    let method = text.rsplit('.').next().unwrap_or(text);
    method.eq_ignore_ascii_case("DownloadString") || method.eq_ignore_ascii_case("DownloadData")
}

fn curl_prints(curl: &Program<'_>) -> bool {
    let mut words = curl.arguments.iter();
    while let Some(word) = words.next() {
        let text = word.leading();
        let letters = text.starts_with('-') && !text.starts_with("--");
        let saves = matches!(text.as_ref(), "--remote-name" | "--remote-name-all")
            || text.strip_prefix("--output=").is_some_and(|file| file != "-")
            || (letters && text.contains('O'));
        let takes_file = text == "--output" || (letters && text.ends_with('o'));
        if saves || (takes_file && words.next().is_some_and(|file| !file.is("-") && !file.is("/dev/stdout"))) {
            return false;
        }
    }
    true
}

fn wget_prints(wget: &Program<'_>) -> bool {
    let stdout = |file: &str| matches!(file, "-" | "/dev/stdout");
    let mut words = wget.arguments.iter();
    while let Some(word) = words.next() {
        let text = word.leading();
        let attached = text.strip_prefix("--output-document=").or_else(|| {
            let letters = text.starts_with('-') && !text.starts_with("--");
            text.split_once('O').filter(|_| letters).map(|(_, file)| file)
        });
        let prints = match attached {
            Some("") => words.next().and_then(Word::literal).is_some_and(|file| stdout(&file)),
            Some(file) => stdout(file),
            None if text == "--output-document" => words.next().and_then(Word::literal).is_some_and(|file| stdout(&file)),
            None => false,
        };
        if prints {
            return true;
        }
    }
    false
}
