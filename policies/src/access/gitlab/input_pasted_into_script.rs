use policy_core::document::Ref;
use policy_core::map::Set;
use policy_core::model::gitlab::{Job, Pipeline, Value, variables};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::{Part, PartKind, Word, parse_replaced};
use policy_core::source::Span;

use crate::pipeline::power;

pub(crate) static RULE: Rule = Rule {
    id: "input-pasted-into-script",
    meta: Meta {
        title: "an input of any text is pasted into a script, an image or an environment",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-4"],
        aliases: &["glsec/gl051"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Pipeline(check)],
    docs: crate::docs(DOCS),
};

/// How the names of inputs end that are meant to be code or several words.
const CODE: &[&str] = &["args", "arguments", "cmd", "command", "commands", "flags", "options", "opts", "script", "scripts"];

fn check<'u>(cx: &Cx<'u>, pipeline: &Pipeline<'u>, out: &mut Out<'u>) {
    let component = !cx.unit.roles().gitlab_pipeline;
    let mut known = Set::new();
    for job in pipeline.jobs() {
        let mut found = Vec::new();
        let scripts = ["before_script", "script", "after_script"].into_iter().filter_map(|key| job.get(key).is());
        for line in scripts.flat_map(Value::flat) {
            in_line(cx, &job, line, &mut found);
        }
        if !component {
            in_values(cx, &job, &mut found);
        }
        for (name, place, what) in found {
            if known.insert(name) {
                out.found(finding(cx, &job, component, (name, place, what)));
            }
        }
    }
}

type Found<'u> = (&'u str, Place<'u>, &'static str);

fn finding<'u>(cx: &Cx<'u>, job: &Job<'u>, component: bool, (name, place, what): Found<'u>) -> RuleFinding<'u> {
    let (who, has) = match component {
        true => ("whoever includes this file", None),
        false => ("whoever starts the pipeline", power(cx, job)),
    };
    let message = format!("the input `{name}` takes any text and is pasted into {what}: {who} fills it");
    let help = match what {
        "a script" => "give the input `options` or a `regex`, or set a variable to it under `variables` and use that in the script",
        _ => "give the input `options` or a `regex` of the names that are meant",
    };
    let severity = match (component, &has) {
        (true, _) => Severity::Info,
        (false, None) => Severity::Low,
        (false, Some(_)) => Severity::Medium,
    };
    let finding = RuleFinding::new(place, message, help, name).rated(severity, Confidence::High).attribute("input", name);
    RuleFinding { reason: has, ..finding }
}

// Text as it stands in the root file, where an input is in it. In files that it includes, someone who could as well write the job
// gives the inputs.
fn raw<'u>(cx: &Cx<'u>, value: Value<'u>) -> Option<&'u str> {
    let at = value.at();
    let text = at.text().filter(|text| std::ptr::eq(at.document(), cx.unit.document()) && text.contains("$[["))?;
    cx.budget.spend(text.len() / 8 + 1).then_some(text)
}

fn in_line<'u>(cx: &Cx<'u>, job: &Job<'u>, line: Value<'u>, found: &mut Vec<Found<'u>>) {
    let Some(text) = raw(cx, line) else { return };
    let inputs = variables::all(text).filter(|variable| variable.is_input);
    let spans = inputs.map(|input| Span::new(input.range.start, input.range.end)).collect();
    let script = parse_replaced(text, job.language(), spans);
    for word in script.words() {
        for part in word.parts().filter(|part| part.kind() == PartKind::Expression) {
            let range = part.span().range();
            let name = text.get(range.clone()).and_then(|written| free(line.at(), written));
            let name = name.filter(|name| !is_code(name) && !is_command(word, part));
            found.extend(name.map(|name| (name, Place::text(line.at(), range, "pasted in before the shell reads it"), "a script")));
        }
    }
}

// The whole command, or the program, is the input: it is meant to be code.
fn is_command(word: Word<'_>, part: Part<'_>) -> bool {
    word.text() == part.text() && word.command().is_some_and(|command| command.words().get(0) == Some(word))
}

fn is_code(name: &str) -> bool {
    let last = name.rsplit(['_', '-']).next().unwrap_or(name);
    CODE.iter().any(|known| last.eq_ignore_ascii_case(known))
}

fn in_values<'u>(cx: &Cx<'u>, job: &Job<'u>, found: &mut Vec<Found<'u>>) {
    let image = job.image().is().into_iter().chain(job.services());
    let images = image.filter_map(|image| image.name_value().is()).map(|name| (name, "the name of an image"));
    let environment = job.environment().and_then(|environment| environment.name_value()).is();
    for (value, what) in images.chain(environment.map(|name| (name, "the name of an environment"))) {
        let Some(text) = raw(cx, value) else { continue };
        for variable in variables::all(text).filter(|variable| variable.is_input) {
            let name = text.get(variable.range.clone()).and_then(|written| free(value.at(), written));
            let place = Place::text(value.at(), variable.range, "chosen by who fills the input");
            found.extend(name.map(|name| (name, place, what)));
        }
    }
}

// The name of the input, if the header of its file declares it for any text.
fn free<'u>(at: Ref<'u>, written: &'u str) -> Option<&'u str> {
    let inner = written.strip_prefix("$[[")?.strip_suffix("]]")?;
    let name = inner.split('|').next()?.trim().strip_prefix("inputs.")?;
    let declared = at.document().roots().next()?.get("spec")?.get("inputs")?.get(name)?;
    let kind = declared.get("type").and_then(Ref::text);
    let limited = ["options", "regex", "rules"].iter().any(|key| declared.get(key).is_some());
    (kind.is_none_or(|kind| kind == "string") && !limited).then_some(name)
}

const DOCS: &str = r#"
`$[[ inputs.x ]]` is replaced before anything else reads the file, like text in an editor. In a script the value becomes code of the
shell, in quotes or not: a quote in the value ends them. In `image` and `environment` it chooses what the job runs in and deploys to.

**Mend it:** give the input `options` or a `regex`. Or set a variable to it (`variables: { NAME: $[[ inputs.name ]] }`) and use
`"$NAME"` in the script: the shell does not read the value of a variable as code.

**How bad:** in the pipeline of a project, whose inputs are filled by who starts it, also over the API and by other pipelines: medium
where the files show that the job has something worth taking (an environment, an identity, a secret), low otherwise. In components
and files that others include, info, and only for scripts: who fills the input there writes the pipeline, but a value with a blank
or a quote breaks the script.

**It does not see:** whether a `regex` is strict; inputs that are arrays. Each input is reported once. Numbers and booleans are no
text; a command that is an input as a whole is meant to be code, and so are inputs whose names end in `script`, `command`, `args`,
`flags`, `options` and the like. What a file gives with `include:inputs` is not reported.

```yaml bad
spec:
  inputs:
    version:
    environment:
      default: staging
    image:
      type: string
---
deploy:
  image: registry.example.com/$[[ inputs.image ]] # <-
  environment: $[[ inputs.environment ]] # <-
  script:
    - ./deploy "$[[ inputs.version ]]" # <-
```

```yaml bad
# file: templates/lint.yml
spec:
  inputs:
    folder:
      default: .
    image:
      default: alpine
---
lint:
  image: $[[ inputs.image ]]
  script:
    - cd $[[ inputs.folder ]] && make lint # <-
```

```yaml good
spec:
  inputs:
    version:
      regex: ^v\d+$
    environment:
      options: [staging, production]
    count:
      type: number
---
deploy:
  environment: $[[ inputs.environment ]]
  script:
    - ./deploy "$[[ inputs.version ]]" $[[ inputs.count ]]
```

```yaml good
spec:
  inputs:
    version:
---
deploy:
  variables:
    VERSION: $[[ inputs.version ]]
  script:
    - ./deploy "$VERSION"
```

```yaml good
# file: templates/run.yml
spec:
  inputs:
    script:
    build_args:
      default: ""
---
run:
  script:
    - $[[ inputs.script ]]
    - docker build $[[ inputs.build_args ]] .
```

```yaml good
include:
  - local: .gitlab/deploy.yml
    inputs: { version: v1 }
# file: .gitlab/deploy.yml
spec:
  inputs:
    version:
---
deploy:
  script: ./deploy $[[ inputs.version ]]
```
"#;
