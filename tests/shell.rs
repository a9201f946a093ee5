//! Scripts of real steps: every place that is given lies in the script, in order.

use policy_core::document::{Dialect, Document, Kind, Ref};
use policy_core::shell::sinks::{file_writes, ignores_failure, remote_code, rereads};
use policy_core::shell::{Language, parse};
use policy_core::source::{Origin, Source, Span};

use crate::corpora;

/// Every scalar under one of these keys, or in a list under one.
fn scripts(root: Ref<'_>, keys: &[&str], check: &mut impl FnMut(&str)) {
    let mut open = vec![(root, false)];
    while let Some((node, wanted)) = open.pop() {
        match node.kind() {
            Kind::Scalar if wanted => check(node.text().unwrap_or_default()),
            Kind::Sequence => open.extend(node.items().map(|item| (item, wanted))),
            Kind::Mapping => {
                open.extend(node.entries().map(|(key, value)| (value, key.text().is_some_and(|key| keys.contains(&key)))));
            }
            _ => {}
        }
    }
}

fn hold(text: &str, language: Language) {
    let script = parse(text, language);
    let whole = |span: Span| assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
    let commands: Vec<_> = script.commands().collect();
    assert!(commands.is_sorted_by_key(|command| command.span().start), "{text:?}");
    for command in commands {
        whole(command.span());
        let words: Vec<_> = command.assignments().iter().chain(command.words().iter()).collect();
        assert!(words.windows(2).all(|pair| pair[0].span().end <= pair[1].span().start), "{text:?}");
        assert!(command.parent().is_none_or(|parent| parent.span().start <= command.span().start), "{text:?}");
        let _ = ignores_failure(command);
    }
    let words: Vec<_> = script.words().collect();
    assert!(words.is_sorted_by_key(|word| word.span().start), "{text:?}");
    for part in words.iter().flat_map(|word| word.parts()) {
        whole(part.span());
    }
    rereads(&script).iter().for_each(|found| whole(found.code.span()));
    file_writes(&script).iter().for_each(|found| whole(found.target.span()));
    remote_code(&script).iter().for_each(|found| whole(found.download.span()));
}

#[test]
fn scripts_of_real_steps_are_read() {
    for (corpus, keys) in [("github-real", &["run"][..]), ("gitlab-real", &["script", "before_script", "after_script"][..])] {
        let Some(folder) = corpora::folder(corpus) else { continue };
        let mut count = 0;
        for path in corpora::files(&folder, &[".yml", ".yaml"]) {
            let bytes = std::fs::read(&path).expect("a file");
            let source = Source::new("f.yml", &bytes, Origin::Unknown);
            let document = Document::read(&source, Dialect::GITHUB);
            for root in document.roots() {
                scripts(root, keys, &mut |text| {
                    count += 1;
                    for language in [Language::Posix, Language::PowerShell, Language::Cmd] {
                        hold(text, language);
                    }
                });
            }
        }
        assert!(count > 100, "only {count} scripts in {corpus}");
    }
}
