//! Any text is read: no panic, no more than the text has, spans in order.

use super::super::sinks::{file_writes, ignores_failure, remote_code, rereads};
use super::super::{Language, Script, parse};

const LANGUAGES: [Language; 3] = [Language::Posix, Language::PowerShell, Language::Cmd];

fn hold(script: &Script<'_>) {
    let text = script.text();
    let mut before = 0;
    for command in script.commands() {
        let span = command.span();
        assert!(span.start >= before && text.get(span.range()).is_some(), "{text:?} {command:?}");
        before = span.start;
        let mut last = 0;
        for word in command.words().iter() {
            assert!(word.span().start >= last && !word.span().is_empty(), "{text:?}");
            last = word.span().end;
            assert_eq!(word.command(), Some(command));
        }
        assert!(command.next().is_none_or(|next| next.previous() == Some(command)));
    }
    before = 0;
    for word in script.words() {
        let span = word.span();
        assert!(span.start >= before && text.get(span.range()).is_some(), "{text:?}");
        before = span.start;
        let mut last = span.start;
        for part in word.parts() {
            assert!(
                part.span().start >= last && part.span().end <= span.end && text.get(part.span().range()).is_some(),
                "{text:?}"
            );
            last = part.span().start;
            part.decoded();
        }
    }
    let size = script.commands.len() + script.words.len() + script.parts.len() + script.redirects.len() + script.comments.len();
    assert!(size <= 3 * text.len() + 3, "{size} of {} bytes: {text:?}", text.len());
    let found: usize = file_writes(script).iter().map(|write| 1 + write.written.len()).sum();
    assert!(found + rereads(script).len() + remote_code(script).len() <= 40 * text.len() + 4096, "{text:?}");
    for command in script.commands().take(200) {
        let _ = ignores_failure(command);
    }
}

#[rustfmt::skip]
const PIECES: &[&str] = &[
    "$", "(", ")", "{", "}", "'", "\"", "`", "\\", "<", ">", "|", "&", ";", "\n", " ", "#", "=", "@", "%", "!", "^", ":", "[",
    "]", "*", "é", "a", "1", "<<E", "\nE\n", "${{", "}}", "$((", "))", "if ", "then ", "fi ", "case ", " in ", "esac ", "do ",
    "done ", "for ", "f()", "echo ", "sh -c ", "curl http://a ", "| sh ", "eval ", ">> $GITHUB_ENV ", "tee $GITHUB_ENV ",
    "@\"\n", "\n\"@", "<#", "#>", "[[ ", " ]]", "iex ", "if (", "rem ", "%A%", "\r\n", "\t", "-", "+", "sudo ", "xargs ",
    "\u{1F600}",
];

#[test]
fn any_text_is_read() {
    let mut state: u64 = 7;
    let mut below = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % bound
    };
    for _ in 0..20_000 {
        let text: String = (0..below(30)).map(|_| PIECES[below(PIECES.len())]).collect();
        for language in LANGUAGES {
            hold(&parse(&text, language));
        }
    }
}

/// What is nested, left open, or read from many times.
#[rustfmt::skip]
const REPEATED: &[&str] = &[
    "$(", "`", "((", "$((", "\"$(", "${a:-", "{ ", "( ", "if a; then ", "case a in b) ", "<(", "a <<E\n", "cat <<E $(", "${{ '",
    "$'", "@(", "@{", "& {", "iex \"$(", "%a", "!", "f() {", "a | ", "{ a; } | { tee $GITHUB_ENV; ", "tee $GITHUB_ENV; ",
    "sh -o ", "x sh -o ", "sh; ", "curl a | { ", "eval \"$(curl a)\" ", "A=(", "[[ ", "a <<E <<F ", "@\"\n", "<#", "a || { ",
    "`\"", "\\`", "'\\'`", "[a", "${", "(a) || ", "> $GITHUB_ENV ", "{ sh; ", "env a=b ", "sudo -u ", "if a ",
    "a.DownloadString ",
];

#[test]
fn much_of_one_thing_is_read() {
    for piece in REPEATED {
        let tail = "; sh; tee $GITHUB_ENV }";
        let text = format!("iex {}{tail}", piece.repeat(20_000));
        for language in LANGUAGES {
            hold(&parse(&text, language));
        }
    }
}
