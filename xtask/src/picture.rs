//! The picture of the command's output in the README: drawn from what the command says, so that it is never another's.

use std::path::Path;
use std::process::Command;

use anstyle_svg::Term;
use anyhow::ensure;

use crate::tools::workspace;

const PICTURE: &str = "docs/terminal.svg";
const ARGUMENTS: [&str; 4] = ["check", "examples/github-attacked/.github/workflows/greet.yml", "--only", "template-injection"];

/// Draws it, or says whether it would change.
pub(crate) fn run(command: &Path, check: bool) -> anyhow::Result<()> {
    let mut gatepost = Command::new(command);
    gatepost.current_dir(workspace()).args(["--color", "always"]).args(ARGUMENTS);
    let output = gatepost.env_remove("GITHUB_REPOSITORY").env_remove("CI_PROJECT_PATH").output()?;
    ensure!(output.status.code() == Some(1), "the example is not denied: {}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout)?;
    let session = format!("\u{1b}[1m$ gatepost {}\u{1b}[0m\n{}\n", ARGUMENTS.join(" "), said.trim_end());
    let drawn = Term::new().render_svg(&session);
    let file = workspace().join(PICTURE);
    let same = std::fs::read_to_string(&file).is_ok_and(|found| found == drawn);
    ensure!(!check || same, "{PICTURE} is not what the command says: run `cargo xtask picture`");
    if !same {
        std::fs::write(&file, drawn)?;
        println!("wrote {PICTURE}");
    }
    Ok(())
}
