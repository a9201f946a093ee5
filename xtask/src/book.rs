//! The book: its pages of the rules, which are made from the rules, and how it is built.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use policies::{PACKS, RULES};
use policy_core::rule::{Pillar, Platform, Rule, Safety};

use crate::install;
use crate::tools::{run, workspace};

const MDBOOK: &str = "mdbook@0.5.4";

/// Behind it, the contents are made here.
const FROM_HERE: &str = "<!-- From here on made by `cargo xtask gen`. -->\n";

/// What comes below each page of a rule.
const PASS: &str = include_str!("book/pass.md.txt");

const PLATFORMS: [(Platform, &str, &str); 3] = [
    (Platform::Github, "GitHub Actions", ".github/workflows/release.yml"),
    (Platform::Gitlab, "GitLab CI/CD", ".gitlab-ci.yml"),
    (Platform::Kubernetes, "Kubernetes", "deploy/**"),
];

const PILLARS: [(Pillar, &str); 4] = [
    (Pillar::Access, "Access: who and what may do what"),
    (Pillar::Secrets, "Secrets: tokens, passwords and keys"),
    (Pillar::Scanning, "Scanning: scans and tests before something is deployed"),
    (Pillar::Visibility, "Visibility: logs, inventory and alarms"),
];

/// The pages that are made from the rules, by their paths.
pub(crate) fn pages() -> anyhow::Result<Vec<(String, String)>> {
    let mut pages = vec![("docs/SUMMARY.md".to_owned(), summary()?), ("docs/rules/index.md".to_owned(), index()?)];
    for rule in RULES {
        pages.push((format!("docs/rules/{}.md", rule.id), page(rule)?));
    }
    Ok(pages)
}

/// Pages of rules that there are no more.
pub(crate) fn stale(pages: &[(String, String)]) -> anyhow::Result<Vec<PathBuf>> {
    let folder = workspace().join("docs/rules");
    let is_page = |file: &PathBuf| pages.iter().any(|(path, _)| workspace().join(path) == *file);
    let found = std::fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    Ok(found.flatten().map(|entry| entry.path()).filter(|file| !is_page(file)).collect())
}

/// Builds the book into `target/book`.
pub(crate) fn build() -> anyhow::Result<()> {
    // Not made fast: a second of the book costs a minute of the compiler.
    let mdbook = install::by_cargo("mdbook", MDBOOK, &["--debug", "--no-default-features", "--features", "search"])?;
    run(Command::new(mdbook).current_dir(workspace()).arg("build"))
}

fn summary() -> anyhow::Result<String> {
    let file = workspace().join("docs/SUMMARY.md");
    let found = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let (ours, _) = found.split_once(FROM_HERE).context("docs/SUMMARY.md has no line behind which the rules come")?;
    let mut out = format!("{ours}{FROM_HERE}\n- [All rules](rules/index.md)\n");
    for rule in RULES {
        writeln!(out, "  - [{0}](rules/{0}.md)", rule.id)?;
    }
    Ok(out)
}

fn index() -> anyhow::Result<String> {
    let mut out = format!(
        "# Rules\n\n{} rules, by platform and pillar, each with the highest severity that it gives and whether its findings can be \
         fixed. A rule in italics runs only where a pack or a policy names it. `gatepost rules` lists them too, and \
         `gatepost explain ID` says what the page of a rule says.\n",
        RULES.len()
    );
    for (platform, name, _) in PLATFORMS {
        writeln!(out, "\n## {name}")?;
        for (pillar, title) in PILLARS {
            let of_both = |rule: &&&Rule| rule.meta.pillar == pillar && rule.meta.platforms.contains(&platform);
            let rules: Vec<&&Rule> = RULES.iter().filter(of_both).collect();
            if rules.is_empty() {
                continue;
            }
            writeln!(out, "\n### {title}\n\n| rule | severity | fix | what it finds |\n|---|---|---|---|")?;
            for rule in rules {
                let fix = if rule.meta.fix.is_some() { "yes" } else { "" };
                let mark = if runs_by_itself(rule) { "" } else { "*" };
                let (id, severity, title) = (rule.id, rule.meta.severity.name(), cell(rule.meta.title));
                writeln!(out, "| {mark}[{id}]({id}.md){mark} | {severity} | {fix} | {title} |")?;
            }
        }
    }
    Ok(out)
}

fn runs_by_itself(rule: &Rule) -> bool {
    PACKS.iter().any(|pack| pack.id == policy_core::pack::DEFAULT_PACK && pack.has(rule))
}

fn page(rule: &Rule) -> anyhow::Result<String> {
    let meta = &rule.meta;
    let mut title = meta.title.to_owned();
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let mut out = format!("# {}\n\n{title}.\n\n| | |\n|---|---|\n", rule.id);
    let platforms = PLATFORMS.iter().filter(|(platform, ..)| meta.platforms.contains(platform));
    let packs: Vec<String> = PACKS.iter().filter(|pack| pack.has(rule)).map(|pack| format!("`{}`", pack.id)).collect();
    let fix = match meta.fix {
        Some(Safety::Safe) => "[safe](../fixes.md)",
        Some(Safety::Unsafe) => "[a person has to look at it](../fixes.md)",
        None => "none",
    };
    let rows = [
        ("Platform", platforms.clone().map(|(_, name, _)| *name).collect::<Vec<_>>().join(", ")),
        ("Severity", format!("at most {}", meta.severity.name())),
        ("Confidence", format!("at most {}", word(meta.confidence)?)),
        ("Pillar", word(meta.pillar)?),
        ("Packs", packs.join(", ")),
        ("Fix", fix.to_owned()),
        ("Frameworks", meta.maps.join(", ")),
        ("Other names", meta.aliases.iter().map(|alias| format!("`{alias}`")).collect::<Vec<_>>().join(", ")),
        ("Status", format!("{}, since {}", word(meta.status)?, meta.since)),
    ];
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(out, "| {name} | {value} |")?;
    }
    let path = platforms.clone().next().map_or("", |(.., path)| path);
    write!(out, "\n{}\n\n{}", fences(rule.docs.trim()), PASS.replace("RULE", rule.id).replace("PATH", path))?;
    Ok(out)
}

// The examples with what they are for in words.
fn fences(docs: &str) -> String {
    let mut out = String::new();
    let mut told = "";
    for line in docs.lines() {
        let words = match line {
            "```yaml bad" => "This is found, at the lines with an arrow:",
            "```yaml good" => "This is not found:",
            "```yaml fixed" => "The fix makes this of it:",
            _ => {
                out.extend([line, "\n"]);
                continue;
            }
        };
        if told != words {
            out.extend([words, "\n\n"]);
            told = words;
        }
        out.push_str("```yaml\n");
    }
    out.truncate(out.trim_end().len());
    out
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn word(value: impl serde::Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_value(value)?.as_str().unwrap_or_default().to_owned())
}
