//! Files that are made from the rules and the types, and stand in the repository so that everyone can read them.

use std::path::Path;

use anyhow::{Context, ensure};
use policy_core::api::{Answer, Request, Shown, WhoCan};
use policy_core::report::Report;
use serde_json::{Value, json};

use crate::tools::workspace;
use crate::{abi, book};

/// Writes them, or says whether they would change.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let schema = |schema: schemars::Schema, what: &str| pretty(&titled(schema.to_value(), what));
    let mut files = vec![
        ("policies/rules.json".to_owned(), pretty(&rules()?)?),
        ("schemas/request-1.json".to_owned(), schema(schemars::schema_for!(Request), "request")?),
        ("schemas/answer-1.json".to_owned(), schema(schemars::schema_for!(Answer<Report>), "answer to `evaluate` and `decide`")?),
        ("schemas/shown-1.json".to_owned(), schema(schemars::schema_for!(Answer<Shown>), "answer to `show`")?),
        ("schemas/who-can-1.json".to_owned(), schema(schemars::schema_for!(Answer<WhoCan>), "answer to `who-can`")?),
        ("schemas/report-1.json".to_owned(), schema(schemars::schema_for!(Report), "report")?),
    ];
    files.extend(book::pages()?);
    let mut stale = Vec::new();
    for (path, text) in &files {
        let file = workspace().join(path);
        if std::fs::read_to_string(&file).is_ok_and(|found| found == *text) {
            continue;
        }
        stale.push(path.clone());
        if !check {
            write(&file, text)?;
            println!("wrote {path}");
        }
    }
    for (file, bytes) in abi::answers()? {
        if std::fs::read(&file).is_ok_and(|found| found == bytes) {
            continue;
        }
        let path = file.strip_prefix(workspace()).unwrap_or(&file).display().to_string();
        if !check {
            std::fs::create_dir_all(file.parent().context("a file has a folder")?)?;
            std::fs::write(&file, bytes).with_context(|| format!("{path} cannot be written"))?;
            println!("wrote {path}");
        }
        stale.push(path);
    }
    for file in book::stale(&files)? {
        stale.push(file.display().to_string());
        if !check {
            std::fs::remove_file(&file)?;
            println!("removed {}", file.display());
        }
    }
    ensure!(!check || stale.is_empty(), "{} is not what it is made from: run `cargo xtask gen`", stale.join(", "));
    Ok(())
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    let folder = file.parent().context("a file has a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}

fn pretty(value: &Value) -> anyhow::Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(value)?))
}

fn titled(mut schema: Value, what: &str) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("title".to_owned(), json!(format!("Gatepost {what}, version 1")));
    }
    schema
}

// The documentation of the rules stands beside the module, not in it.
fn rules() -> anyhow::Result<Value> {
    let entry = |rule: &&policy_core::rule::Rule| -> anyhow::Result<Value> {
        let mut entry = json!({"id": rule.id});
        let meta = serde_json::to_value(rule.meta)?;
        if let (Some(entry), Some(meta)) = (entry.as_object_mut(), meta.as_object()) {
            entry.extend(meta.clone());
            entry.insert("docs".to_owned(), json!(rule.docs.trim()));
        }
        Ok(entry)
    };
    policies::RULES.iter().map(entry).collect()
}
