//! Programs that run code which they are given as text.

use crate::shell::Language;
use crate::shell::program::{Program, behind_options, program};
use crate::shell::word::{Word, Words};

/// A family of programs that run code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Interpreter {
    pub(super) name: &'static str,
    // Options whose next word is code.
    code: &'static [&'static str],
    // Letters that say so at the end of options of one dash.
    letters: &'static str,
    // A Posix shell: options are letters side by side, and `c` among them says that code follows.
    shell: bool,
    // Letters of other options that take the next word.
    values: &'static str,
}

const fn other(name: &'static str, letters: &'static str, values: &'static str) -> Interpreter {
    Interpreter { name, code: &["--eval", "--print"], letters, shell: false, values }
}

const fn windows(name: &'static str, code: &'static [&'static str]) -> Interpreter {
    Interpreter { name, code, letters: "", shell: false, values: "" }
}

const fn shell(name: &'static str) -> Interpreter {
    Interpreter { name, code: &[], letters: "", shell: true, values: "oO" }
}

/// The most options that are looked at. Keeps a line of thousands of interpreters cheap.
const MAX_OPTIONS: usize = 32;

static INTERPRETERS: &[Interpreter] = &[
    shell("sh"),
    shell("bash"),
    shell("dash"),
    shell("zsh"),
    shell("ksh"),
    shell("ash"),
    shell("fish"),
    other("python", "c", "WX"),
    other("node", "ep", "r"),
    other("bun", "ep", "r"),
    other("perl", "eE", "I"),
    other("ruby", "e", "I"),
    other("php", "r", "d"),
    windows("pwsh", &["-c", "-command", "-commandwithargs"]),
    windows("powershell", &["-c", "-command"]),
    windows("cmd", &["/c", "/k", "//c"]),
    windows("deno", &["eval"]),
];

/// The interpreter of this name; `python3.12` is `python`, and `python.exe` too.
pub(super) fn interpreter(name: &str) -> Option<&'static Interpreter> {
    // Most words are none of them: tell that before comparing.
    let first = name.bytes().next()?.to_ascii_lowercase();
    if name.len() > 20 || !b"abcdfknprsz".contains(&first) {
        return None;
    }
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    INTERPRETERS
        .iter()
        .find(|known| known.name.eq_ignore_ascii_case(name) || (!known.shell && known.name.eq_ignore_ascii_case(plain)))
}

/// The interpreter that a program is.
pub(super) fn of_program(program: &Program<'_>) -> Option<&'static Interpreter> {
    interpreter(&program.name)
}

/// The words that an interpreter with these arguments reads as code.
pub(super) fn code<'s>(interpreter: &Interpreter, arguments: Words<'s>) -> Option<Words<'s>> {
    let takes_rest = matches!(interpreter.name, "pwsh" | "powershell" | "cmd");
    let mut code = false;
    let mut words = arguments;
    for _ in 0..MAX_OPTIONS {
        let Some(word) = words.get(0) else { break };
        let text = word.leading();
        let option = text.len() > 1 && text.starts_with(['-', '+', '/']) && (text.starts_with('/') == (interpreter.name == "cmd"));
        let starts = starts_code(interpreter, &text);
        if !option && !starts {
            break;
        }
        words = words.from(1);
        code |= starts || (interpreter.shell && !text.starts_with("--") && text.contains('c'));
        if starts {
            break;
        }
        if takes_value(interpreter, &text) {
            words = words.from(1);
        }
    }
    let rest = if takes_rest { words } else { words.first(1) };
    (code && !rest.is_empty()).then_some(rest)
}

// `-e` and what ends in it, such as `-lane`; not the names of modules in `-Mname`, `-rname`.
fn starts_code(interpreter: &Interpreter, option: &str) -> bool {
    let module = option.len() > 2 && (option.starts_with("-M") || option.starts_with("-r") || option.starts_with("-I"));
    let letters = is_letters(option) && option.ends_with(|letter| interpreter.letters.contains(letter)) && !module;
    letters || interpreter.code.iter().any(|known| known.eq_ignore_ascii_case(option))
}

/// Whether an interpreter with these arguments reads its code from standard input: they name no file and hold no code.
pub(super) fn reads_input(interpreter: &Interpreter, arguments: Words<'_>) -> bool {
    if matches!(interpreter.name, "cmd" | "deno") {
        return false;
    }
    let windows = matches!(interpreter.name, "pwsh" | "powershell");
    let mut words = arguments;
    for _ in 0..MAX_OPTIONS {
        let Some(word) = words.get(0) else { return true };
        let text = word.leading();
        if matches!(text.as_ref(), "-" | "/dev/stdin") {
            return true;
        }
        if starts_code(interpreter, &text) {
            return windows && words.get(1).is_some_and(|word| word.is("-"));
        }
        if !text.starts_with(['-', '+']) {
            return false;
        }
        if is_letters(&text) && interpreter.shell && text.contains(['s', 'c']) {
            return text.contains('s');
        }
        // `python -m json.tool`, `perl -n`, `node --check`: what they read is data.
        if is_letters(&text)
            && !interpreter.shell
            && !windows
            && !matches!(text.as_ref(), "-u" | "-W" | "-X" | "-I" | "-w" | "-x" | "-d")
        {
            return false;
        }
        words = words.from(1 + usize::from(takes_value(interpreter, &text)));
    }
    false
}

fn is_letters(option: &str) -> bool {
    option.starts_with('-') && !option.starts_with("--")
}

fn takes_value(interpreter: &Interpreter, option: &str) -> bool {
    let long = matches!(option, "--rcfile" | "--init-file" | "--require");
    let named = matches!(interpreter.name, "pwsh" | "powershell") && {
        let values = ["-executionpolicy", "-ep", "-ex", "-version", "-workingdirectory", "-wd", "-outputformat", "-windowstyle"];
        values.iter().any(|known| known.eq_ignore_ascii_case(option))
    };
    long || named || (is_letters(option) && option.ends_with(|letter| interpreter.values.contains(letter)))
}

/// The program that `xargs` runs for each line that it reads.
pub(super) fn of_xargs<'s>(xargs: &Program<'s>, language: Language) -> Option<Program<'s>> {
    program(behind_options(xargs.arguments, "adEIiLlnPs"), language)
}

/// The first word behind the host that `ssh` goes to, and those behind it.
pub(super) fn of_ssh<'s>(ssh: &Program<'s>) -> Words<'s> {
    const VALUES: &str = "BbcDEeFIiJLlmOopQRSWw";
    behind_options(behind_options(ssh.arguments, VALUES).from(1), VALUES)
}

/// Whether a word names an interpreter, with or without its folder.
pub(super) fn of_word(word: Word<'_>) -> Option<&'static Interpreter> {
    // Most words end otherwise.
    let ends = |last: u8| last.is_ascii_digit() || b".delnopyh\n".contains(&last.to_ascii_lowercase());
    if word.parts().next_back()?.text().bytes().last().is_some_and(|last| !ends(last)) {
        return None;
    }
    let text = word.literal()?;
    interpreter(text.rsplit(['/', '\\']).next()?)
}
