//! Completions and manual pages: they name every subcommand that the command has.

use crate::command::{run, scratch};

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

fn said(arguments: &[&str]) -> String {
    let output = run(&scratch("manual"), arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The subcommands, as the help lists them.
fn subcommands() -> Vec<String> {
    let help = said(&["--help"]);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<String> = names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert!(names.contains(&"check".to_owned()) && names.len() > 8, "{names:?}");
    names
}

#[test]
fn completions_of_every_shell_name_every_subcommand() {
    let names = subcommands();
    for shell in SHELLS {
        let text = said(&["completions", shell]);
        for name in &names {
            assert!(text.contains(name.as_str()), "{shell}: {name}");
        }
    }
}

#[test]
fn the_manual_names_every_subcommand_and_has_a_page_for_each() {
    let names: Vec<String> = subcommands().into_iter().filter(|name| name != "help").collect();
    let page = said(&["man"]);
    assert!(page.contains(".TH gatepost 1"), "{page}");
    let folder = scratch("pages");
    run(&folder, &["man", "--dir", "pages"]);
    for name in &names {
        // A page writes a hyphen as `\-`.
        assert!(page.contains(&format!("gatepost\\-{}(1)", name.replace('-', "\\-"))), "{name}");
        let own = said(&["man", name]);
        assert!(own.contains(&format!(".TH gatepost-{name} 1")), "{own}");
        assert!(folder.join(format!("pages/gatepost-{name}.1")).is_file(), "{name}");
    }
}
