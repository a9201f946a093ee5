//! Scripts as tables: what is written, and how it is read.

mod hostile;
mod languages;
mod sinks;

use super::{Command, Kind, Language, Link, PartKind, RedirectKind, Script, Word, parse};

/// A script as one line: commands in order, `>` before each for each one that it stands in; words with `$NAME` for variables, `@`
/// for replaced text, `$()` for commands; text with blanks in quotes.
fn show(script: &Script<'_>) -> String {
    script.commands().map(show_command).collect::<Vec<_>>().join(" ")
}

fn show_command(command: Command<'_>) -> String {
    let depth = std::iter::successors(command.parent(), |parent| parent.parent()).count();
    let link = match command.link() {
        Link::First => "",
        Link::Sequence => ";",
        Link::Background => "&",
        Link::Pipe => "|",
        Link::And => "&&",
        Link::Or => "||",
    };
    let kind = match command.kind() {
        Kind::Simple => "",
        Kind::Value => "=",
        Kind::Group => "{}",
        Kind::Subshell => "()",
        Kind::Function => "f",
    };
    let tested = if command.is_tested() { "?" } else { "" };
    let assigned = command.assignments().iter().map(|word| format!("{}:", show_word(word)));
    let words = command.words().iter().map(show_word);
    let redirects = command.redirects().map(|redirect| {
        let target = show_word(redirect.target());
        let descriptor = redirect.descriptor();
        match redirect.kind() {
            RedirectKind::Write => format!("{descriptor}>{target}"),
            RedirectKind::Append => format!("{descriptor}>>{target}"),
            RedirectKind::Read => format!("{descriptor}<{target}"),
            RedirectKind::Duplicate => format!("{descriptor}>&{target}"),
            RedirectKind::HereString => format!("<<<{target}"),
            RedirectKind::Heredoc => format!("<<{}", redirect.body().map_or_else(|| "none".to_owned(), show_word)),
        }
    });
    let all: Vec<String> = assigned.chain(words).chain(redirects).collect();
    format!("{}{link}{kind}{tested}[{}]", ">".repeat(depth), all.join(" "))
}

fn show_word(word: Word<'_>) -> String {
    let mut end = 0;
    let mut shown = String::new();
    for part in word.parts().filter(|part| part.kind() != PartKind::Literal || !part.span().is_empty()) {
        // What stands within braces is shown in parentheses.
        let inner = if part.span().start < end { "/" } else { "" };
        let text = match part.kind() {
            PartKind::Literal => part.decoded().replace('\n', "\\n"),
            PartKind::Variable => format!("${}", part.name()),
            PartKind::Expression => "@".to_owned(),
            PartKind::Substitution => "$()".to_owned(),
            PartKind::Process => "<()".to_owned(),
            PartKind::Block => "{…}".to_owned(),
            PartKind::Arithmetic => "$(())".to_owned(),
        };
        end = end.max(part.span().end);
        shown += inner;
        shown += &text;
    }
    if shown.contains(' ') || shown.is_empty() { format!("'{shown}'") } else { shown }
}

fn check(language: Language, rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        assert_eq!(show(&parse(text, language)), *expected, "{text:?}");
    }
}

#[test]
fn whatever_names_a_program_may_be_named() {
    for (text, names) in [
        ("npm publish; sudo /usr/bin/curl -s x | sh", &["npm", "publish", "curl", "sh"][..]),
        ("n\\pm x; 'np'\"m\" x; ./node_modules/.bin/wrangler@3 deploy", &["npm", "wrangler", "deploy"]),
        ("npx @scope/tool@1.2 x; git.exe push; ECHO. x; a/b.exe; echo: y", &["tool", "git", "push", "echo", "b"]),
        ("python3 -m pip_audit; pipx run semgrep@1; x.y@2/z", &["pip_audit", "semgrep", "z"]),
    ] {
        for language in [Language::Posix, Language::PowerShell, Language::Cmd] {
            let script = parse(text, language);
            for name in names.iter().filter(|_| language == Language::Posix) {
                assert!(script.may_name(name), "{name} in {text} as {language:?}");
            }
            let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric());
            for program in script.commands().filter_map(Command::program).filter(|program| plain(&program.name)) {
                assert!(script.may_name(&program.name), "{} in {text} as {language:?}", program.name);
            }
        }
    }
    assert!(!parse("npm ci", Language::Posix).may_name("semantic-release"));
}
