//! Any text as a script of any shell: what is read lies within it, and every question has an answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy_core::shell::sinks::{file_writes, ignores_failure, remote_code, rereads};
use policy_core::shell::{Language, parse};

fuzz_target!(|text: &str| {
    for language in [Language::Posix, Language::PowerShell, Language::Cmd] {
        let script = parse(text, language);
        for command in script.commands() {
            assert!(text.get(command.span().range()).is_some());
            let _ = (command.program(), ignores_failure(command));
        }
        for word in script.words() {
            assert!(text.get(word.span().range()).is_some());
            let _ = (word.literal(), word.parts().count());
        }
        let _ = (rereads(&script), file_writes(&script), remote_code(&script));
    }
});
