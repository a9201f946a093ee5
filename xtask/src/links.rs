//! Links between the pages of the repository: each has to lead to a file, and to a heading where it names one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, ensure};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::tools::{files, workspace};

/// What a page has.
#[derive(Default)]
struct Page {
    links: Vec<String>,
    headings: BTreeSet<String>,
}

/// Follows every link of every page; those to other sites are left alone.
pub(crate) fn check() -> anyhow::Result<()> {
    let (root, mut pages) = (workspace(), BTreeMap::new());
    let mut found: Vec<PathBuf> = std::fs::read_dir(&root)?.flatten().map(|entry| entry.path()).collect();
    for folder in ["docs", "examples", "tests"] {
        found.extend(files(&root.join(folder))?);
    }
    for file in found.into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "md")) {
        let text = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        pages.insert(file, read(&text));
    }
    let docs = root.join("docs");
    let contents: BTreeSet<PathBuf> = match pages.get(&docs.join("SUMMARY.md")) {
        Some(summary) => summary.links.iter().map(|link| docs.join(link)).collect(),
        None => BTreeSet::new(),
    };
    let mut wrong = Vec::new();
    let mut count = 0;
    for (file, page) in &pages {
        let name = file.strip_prefix(&root).unwrap_or(file).display();
        let is_in_book = file.starts_with(&docs);
        if is_in_book && !file.ends_with("SUMMARY.md") && !contents.contains(file) {
            wrong.push(format!("{name} is not in docs/SUMMARY.md, so the book leaves it out"));
        }
        for link in page.links.iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            count += 1;
            let because = broken(file, link, &pages, is_in_book.then_some(docs.as_path()));
            wrong.extend(because.map(|because| format!("{name}: {link}: {because}")));
        }
    }
    ensure!(wrong.is_empty(), "links that lead nowhere:\n{}", wrong.join("\n"));
    println!("{count} links of {} pages lead somewhere", pages.len());
    Ok(())
}

/// What is wrong with a link of a file. A page of the book links to nothing outside of it.
fn broken(file: &Path, link: &str, pages: &BTreeMap<PathBuf, Page>, book: Option<&Path>) -> Option<String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => file.to_path_buf(),
        _ => normal(&file.parent().unwrap_or(file).join(path)),
    };
    if book.is_some_and(|book| !target.starts_with(book)) {
        return Some("it leads out of the book".to_owned());
    }
    if !target.exists() {
        return Some("there is no such file".to_owned());
    }
    let lacks = !anchor.is_empty() && !pages.get(&target).is_some_and(|page| page.headings.contains(anchor));
    lacks.then(|| "there is no such heading".to_owned())
}

fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |path, part| match part {
        Component::ParentDir => path.parent().map(Path::to_path_buf).unwrap_or_default(),
        Component::CurDir => path,
        other => path.join(other),
    })
}

fn read(text: &str) -> Page {
    let mut page = Page::default();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => page.links.push(dest_url.into_string()),
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => heading.iter_mut().for_each(|heading| heading.push_str(&text)),
            Event::End(TagEnd::Heading(_)) => {
                let id = id_of(&heading.take().unwrap_or_default());
                // The second of two alike gets a number, as mdBook and GitHub give it.
                let number = (1..).map(|number| format!("{id}-{number}")).find(|other| !page.headings.contains(other));
                let is_new = page.headings.insert(id);
                page.headings.extend(number.filter(|_| !is_new));
            }
            _ => {}
        }
    }
    page
}

// As mdBook and GitHub make it.
fn id_of(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}
