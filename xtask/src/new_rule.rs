//! Begins a rule: one file from a template, one `mod` line and one entry in its group's slice.

use anyhow::{Context, ensure};

use crate::tools::workspace;

const PILLARS: &[&str] = &["access", "secrets", "scanning", "visibility"];

/// What a rule and its first fixture begin as, by platform.
const PLATFORMS: &[(&str, &str, &str)] = &[
    ("github", include_str!("rule.github.rs.txt"), include_str!("fixture.github.yml.txt")),
    ("gitlab", include_str!("rule.gitlab.rs.txt"), include_str!("fixture.gitlab.yml.txt")),
    ("kubernetes", include_str!("rule.kubernetes.rs.txt"), include_str!("fixture.kubernetes.yml.txt")),
];

/// Writes the file and registers it.
pub(crate) fn run(pillar: &str, platform: &str, id: &str) -> anyhow::Result<()> {
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let named =
        id.starts_with(|c: char| c.is_ascii_lowercase()) && id.chars().all(kebab) && !id.contains("--") && !id.ends_with('-');
    ensure!(named, "`{id}` is not in kebab case, as in `unpinned-action`");
    ensure!(PILLARS.contains(&pillar), "there is no pillar `{pillar}`: {} are", PILLARS.join(", "));
    let known = PLATFORMS.iter().find(|(known, ..)| *known == platform);
    let names: Vec<&str> = PLATFORMS.iter().map(|(name, ..)| *name).collect();
    let (_, template, fixture) = known.with_context(|| format!("there is no platform `{platform}`: {} are", names.join(", ")))?;
    let group = workspace().join("policies/src").join(pillar).join(platform);
    let index = group.join("mod.rs");
    let known = index.is_file();
    ensure!(known, "there is no group {pillar}/{platform} yet: make policies/src/{pillar}/{platform}/mod.rs as its neighbours are");
    let module = id.replace('-', "_");
    let file = group.join(format!("{module}.rs"));
    ensure!(!file.exists(), "{} is there already", file.display());
    let registered = register(&std::fs::read_to_string(&index)?, &module).context("mod.rs is not `mod` lines and one slice")?;
    let text = template
        .replace("RULE-ID", id)
        .replace("PILLAR", &capitalised(pillar))
        .replace("PLATFORM", &capitalised(platform))
        .replace("MONTH", &this_month());
    std::fs::write(&file, text)?;
    std::fs::write(&index, registered)?;
    println!("wrote {}", file.strip_prefix(workspace()).unwrap_or(&file).display());
    let fixtures = workspace().join("tests/fixtures").join(id);
    std::fs::create_dir_all(&fixtures)?;
    std::fs::write(fixtures.join("forms.yml"), fixture.replace("RULE-ID", id))?;
    println!("wrote tests/fixtures/{id}/forms.yml");
    println!("go on with step 2 of CONTRIBUTING.md: fill in every TODO, then `cargo xtask gen` and `cargo test -p tests rules`");
    Ok(())
}

// By the system's clock; the civil date from days, after Howard Hinnant's days_from_civil.
fn this_month() -> String {
    let seconds = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
    let days = seconds / 86_400 + 719_468;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + days / 146_097 * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}")
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

// `mod` lines and entries are sorted.
fn register(index: &str, module: &str) -> Option<String> {
    let line = format!("mod {module};");
    let (head, slice) = index.split_once("pub(crate) const RULES")?;
    let (declared, entries) =
        slice.split_once("&[").and_then(|(_, rest)| rest.split_once("&[")).map(|(_, entries)| (head, entries))?;
    let (entries, rest) = entries.split_once("];")?;
    let mut modules: Vec<&str> = declared.lines().filter(|line| line.starts_with("mod ")).collect();
    modules.push(&line);
    modules.sort_unstable();
    let before = declared.split("mod ").next()?.trim_end();
    let entry = format!("&{module}::RULE");
    let mut all: Vec<&str> = entries.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect();
    all.push(&entry);
    all.sort_unstable();
    let one_line = format!("pub(crate) const RULES: &[&Rule] = &[{}];", all.join(", "));
    let slice = if one_line.len() <= 132 {
        one_line
    } else {
        format!("pub(crate) const RULES: &[&Rule] = &[\n    {},\n];", all.join(",\n    "))
    };
    Some(format!("{before}\n\n{}\n\n{slice}{rest}", modules.join("\n")))
}
