//! A fix that hands a value to a script through a variable instead of pasting it in.

use policy_core::document::edit::{Edit, Value};
use policy_core::document::{Kind, Ref};
use policy_core::model::github::expression::{ExprKind, Expression, Path, Segment};
use policy_core::model::github::{Step, runner_variable_of};
use policy_core::rule::{Cx, ProposedFix, Safety};
use policy_core::shell::sinks::rereads;
use policy_core::shell::{Language, Part, PartKind, Quote, Script};
use policy_core::unit::Site;

/// How many names are tried.
const MAX_NAMES: usize = 9;

/// Takes an expression out of a script: the step gets a variable of its value, and the script uses that. None where the shell does not
/// expand variables there, where the value names the command that is run, or where it is more than one context.
pub(crate) fn through_variable<'u>(cx: &Cx<'u>, step: &'u Step<'u>, site: &'u Site<'u>) -> Option<ProposedFix> {
    let expression = site.expression.as_ref().ok()?;
    let path = expression.path(expression.root())?;
    let (run, script) = (step.run()?, cx.unit.script(step)?);
    if site.scalar != run || !cx.budget.spend(script.text().len() / 4 + 1) || !is_expanded(script, site.outer.start) {
        return None;
    }
    let value = run.text()?.get(site.outer.clone())?;
    let (name, edit) = variable(cx, step, expression, &path, value)?;
    let text = match script.language() {
        Language::Posix => format!("${{{name}}}"),
        Language::PowerShell => format!("${{env:{name}}}"),
        Language::Cmd => return None,
    };
    let splice = Edit::Splice { scalar: run.id(), decoded: site.outer.clone(), text };
    let title = format!("hand the value over in the variable {name}");
    Some(ProposedFix { title, safety: Safety::Unsafe, edits: edit.into_iter().chain([splice]).collect() })
}

// Whether a shell expands a variable where the expression stands, and takes it neither for the name of a command nor for code: text
// that is read again, or worked out as a number, would stay what it is.
fn is_expanded(script: &Script<'_>, at: usize) -> bool {
    let is_here = |part: &Part<'_>| part.kind() == PartKind::Expression && part.span().start as usize == at;
    let found = script.words().find_map(|word| Some((word, word.parts().find(is_here)?)));
    found.is_some_and(|(word, part)| {
        let names_command = word.command().is_some_and(|command| command.words().get(0) == Some(word));
        let worked_out = word.parts().any(|other| other.kind() == PartKind::Arithmetic && other.span().range().contains(&at));
        let read_again = rereads(script).iter().any(|reread| reread.code.span().range().contains(&at));
        matches!(part.quote(), Quote::None | Quote::Double | Quote::Body) && !names_command && !worked_out && !read_again
    })
}

// The variable of that value, and the edit that sets it, if it is not set yet.
fn variable<'u>(
    cx: &Cx<'u>,
    step: &Step<'u>,
    expression: &Expression<'u>,
    path: &Path<'u>,
    value: &str,
) -> Option<(String, Option<Edit>)> {
    if let [Segment::Name(context), Segment::Name(name)] = path.segments()
        && context.eq_ignore_ascii_case("env")
    {
        return is_name(name).then(|| ((*name).to_owned(), None));
    }
    let sets = cx.unit.envs(step);
    let set = |name: &str| sets.into_iter().flatten().find_map(|env| env.get(name));
    if let Some(name) = runner_variable_of(path).filter(|name| set(name).is_none()) {
        return Some((name.to_owned(), None));
    }
    // `commits[i]` may be another one at another place.
    if expression.ids().any(|id| expression.kind(id) == ExprKind::Wildcard) {
        return None;
    }
    let base = name_of(path).filter(|name| is_name(name))?;
    let script = step.run().and_then(Ref::text).unwrap_or("");
    for number in 1..=MAX_NAMES {
        let name = if number == 1 { base.clone() } else { format!("{base}_{number}") };
        match set(&name) {
            Some(known) if step.env().and_then(|env| env.get(&name)) == Some(known) && known.text() == Some(value) => {
                return Some((name, None));
            }
            None if !script.contains(&name) => {
                let edit = set_variable(step, &name, value)?;
                return Some((name, Some(edit)));
            }
            _ => {}
        }
    }
    None
}

fn set_variable(step: &Step<'_>, name: &str, value: &str) -> Option<Edit> {
    match step.env() {
        Some(env) if env.kind() == Kind::Mapping => {
            Some(Edit::Insert { map: env.id(), before: None, key: name.to_owned(), value: value.into() })
        }
        Some(_) => None,
        None => {
            let env = Value::Map(vec![(name.to_owned(), value.into())]);
            Some(Edit::Insert { map: step.node().id(), before: Some(step.run()?.id()), key: "env".to_owned(), value: env })
        }
    }
}

// `github.event.issue.title` is `ISSUE_TITLE`, `inputs.tag` is `INPUT_TAG`, `steps.a.outputs.b` is `STEP_A_B`.
fn name_of(path: &Path<'_>) -> Option<String> {
    let mut names = path.segments().iter().filter_map(|segment| match segment {
        Segment::Name(name) => Some(name.to_ascii_uppercase().replace('-', "_")),
        Segment::Any => None,
    });
    let context = names.next()?;
    let rest: Vec<String> = names.filter(|name| !matches!(name.as_str(), "EVENT" | "OUTPUTS" | "INPUTS")).collect();
    let head = match context.as_str() {
        "INPUTS" => "INPUT",
        "GITHUB" if path.is_prefix_of("github.event.inputs.*") => "INPUT",
        "MATRIX" => "MATRIX",
        "VARS" => "VAR",
        // The names of others, alone, could be those of variables that programs read, such as `GIT_DIR`.
        "STEPS" => "STEP",
        "NEEDS" => "JOB",
        _ => "",
    };
    let joined = rest.join("_");
    Some(if head.is_empty() { joined } else { format!("{head}_{joined}") })
}

fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && !name.to_ascii_uppercase().starts_with("GITHUB_")
}
