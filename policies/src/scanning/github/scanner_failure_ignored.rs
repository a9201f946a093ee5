use std::borrow::Cow;

use policy_core::document::Ref;
use policy_core::document::edit::Edit;
use policy_core::model::github::{Action, Event, Events, Job, Step};
use policy_core::read::Read;
use policy_core::rule::{
    Check, Confidence, Cx, Meta, Out, Pillar, Place, Platform, ProposedFix, Reads, Rule, RuleFinding, Safety, Severity, Status,
};
use policy_core::shell::{Command, Script};

use crate::scanners::{is_report, may_scan, may_throw_away, report_of, scanner_of_action, scanner_of_command, thrown_away};

pub(crate) static RULE: Rule = Rule {
    id: "scanner-failure-ignored",
    meta: Meta {
        title: "a security scan passes whatever it finds",
        pillar: Pillar::Scanning,
        platforms: &[Platform::Github],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Stable,
        since: "2026-11",
        fix: Some(Safety::Unsafe),
        maps: &["CICD-SEC-1"],
        aliases: &[],
    },
    reads: Reads::OwnFile,
    checks: &[Check::Job(check_job), Check::Action(check_action)],
    docs: crate::docs(DOCS),
};

const BY_CLOCK_OR_HAND: Events = Events::of(&[Event::Schedule, Event::WorkflowDispatch, Event::RepositoryDispatch]);

/// A scan whose failure counts for nothing.
struct Ignored<'u> {
    tool: &'static str,
    place: Place<'u>,
    how: &'static str,
    step: &'u Step<'u>,
    command: Option<Command<'u>>,
    remove: Option<Ref<'u>>,
    most: Severity,
}

fn check_job<'u>(cx: &Cx<'u>, job: &'u Job<'u>, out: &mut Out<'u>) {
    let steps = cx.unit.steps_of(job);
    if let (Read::Is(true), Some(node)) = (job.continue_on_error(), job.continue_on_error_node()) {
        let mut scans = steps.iter().filter(|_| cx.budget.spend(1)).filter_map(|step| Some((scans(cx, step).next()?, step)));
        if let Some((tool, step)) = scans.next() {
            let how = "the run passes although the job fails: `continue-on-error`";
            let place = Place::node(node, "the run passes all the same");
            out.found(finding(cx, &Ignored { tool, place, how, step, command: None, remove: Some(node), most: Severity::Low }));
        }
        return;
    }
    check(cx, steps, job.node(), out);
}

fn check_action<'u>(cx: &Cx<'u>, action: Action<'u>, out: &mut Out<'u>) {
    check(cx, cx.unit.steps_of_action(), action.node(), out);
}

fn check<'u>(cx: &Cx<'u>, steps: &'u [Step<'u>], whole: Ref<'u>, out: &mut Out<'u>) {
    let found: Vec<Ignored<'u>> = steps.iter().flat_map(|step| ignored(cx, step, whole)).collect();
    if found.is_empty() {
        return;
    }
    // Many report first and then scan again to fail: what is scanned by the same tool here, and counts, is no defect.
    let counts: Vec<&'static str> = steps.iter().flat_map(|step| counting(cx, step, whole)).collect();
    found.iter().filter(|scan| !counts.contains(&scan.tool)).for_each(|scan| out.found(finding(cx, scan)));
}

// The scanners that a step runs.
fn scans<'u>(cx: &Cx<'u>, step: &'u Step<'u>) -> impl Iterator<Item = &'static str> {
    let of_action = scanner_of_action(step).map(|(tool, _)| tool);
    let script = scanning_script(cx, step);
    let commands = script.into_iter().flat_map(|script| script.commands());
    of_action.into_iter().chain(commands.filter_map(|command| Some(scanner_of_command(command)?.0)))
}

// The script of a step, if it may run a scanner.
fn scanning_script<'u>(cx: &Cx<'u>, step: &Step<'u>) -> Option<&'u Script<'u>> {
    cx.unit.script(step).filter(|script| may_scan(script) && cx.budget.spend(script.text().len() / 8))
}

fn ignored<'u>(cx: &Cx<'u>, step: &'u Step<'u>, whole: Ref<'u>) -> Vec<Ignored<'u>> {
    if let Some(node) = ignoring(cx, step, whole) {
        let how = "the step passes whatever the scan finds: `continue-on-error`";
        let place = || Place::node(node, "its failure counts for nothing");
        let most = Severity::Medium;
        let ignored = |tool| Ignored { tool, place: place(), how, step, command: None, remove: Some(node), most };
        return scans(cx, step).next().map(ignored).into_iter().collect();
    }
    let mut found = Vec::new();
    if let Some((tool, Some(node))) = scanner_of_action(step) {
        let how = "the action is told to pass whatever the scan finds";
        let place = Place::node(node, "makes it pass");
        found.push(Ignored { tool, place, how, step, command: None, remove: None, most: Severity::Medium });
    }
    let Some((run, script)) = step.run().zip(scanning_script(cx, step)) else { return found };
    if !may_throw_away(script) {
        return found;
    }
    for command in script.commands() {
        let Some((tool, passes)) = scanner_of_command(command) else { continue };
        if let Some((span, how)) = thrown_away(command, passes) {
            let place = Place::text(run, span, "passes whatever it finds");
            found.push(Ignored { tool, place, how, step, command: Some(command), remove: None, most: Severity::Medium });
        }
    }
    found
}

// The scanners of a step whose failure counts.
fn counting<'u>(cx: &Cx<'u>, step: &'u Step<'u>, whole: Ref<'u>) -> Vec<&'static str> {
    // What an expression decides may count for nothing too.
    if step.continue_on_error() == Read::Dynamic || ignoring(cx, step, whole).is_some() {
        return Vec::new();
    }
    let mut tools: Vec<&'static str> = match scanner_of_action(step) {
        Some((tool, None)) if !reports_only(tool, step) => vec![tool],
        _ => Vec::new(),
    };
    let script = scanning_script(cx, step);
    for command in script.into_iter().flat_map(|script| script.commands()) {
        let scan = scanner_of_command(command).filter(|(_, passes)| thrown_away(command, *passes).is_none());
        tools.extend(scan.map(|(tool, _)| tool));
    }
    tools
}

// Tools that do not fail unless they are told to.
fn reports_only(tool: &str, step: &Step<'_>) -> bool {
    tool == "trivy" && step.input("exit-code").is_none()
}

// Where `continue-on-error` stands, if nobody asks later how the step went.
fn ignoring<'u>(cx: &Cx<'u>, step: &'u Step<'u>, whole: Ref<'u>) -> Option<Ref<'u>> {
    let node = step.continue_on_error_node().filter(|_| step.continue_on_error() == Read::Is(true))?;
    let Some(id) = step.id() else { return Some(node) };
    let text = whole.source().slice(whole.span());
    let asked = cx.budget.spend(text.len() / 16) && text.contains(&format!("steps.{id}.outcome"));
    (!asked).then_some(node)
}

fn finding<'u>(cx: &Cx<'u>, scan: &Ignored<'u>) -> RuleFinding<'u> {
    let Ignored { tool, place, how, step, remove, most, .. } = scan;
    let reader = reader(cx, scan);
    let (severity, confidence, note) = match reader {
        // What no change starts stops none.
        Some(_) if cx.unit.events().without(BY_CLOCK_OR_HAND).is_empty() && cx.unit.workflow().is_some() => {
            (Severity::Low, Confidence::Medium, "; its report is read later, which may still raise an alarm")
        }
        Some(_) => (Severity::Low, Confidence::Medium, "; its report is read later, which may still stop a change"),
        None => (*most, Confidence::High, ""),
    };
    let message = format!("`{tool}` scans, and {how}{note}");
    let help = "let the scan fail, from the severity on that you do not accept, and list what you accept by name";
    let fix = remove.map(|node| ProposedFix {
        title: "let the failure of the scan count".to_owned(),
        safety: Safety::Unsafe,
        edits: vec![Edit::Remove { entry: node.id() }],
    });
    let finding = RuleFinding::new(place.clone(), message, help, *tool).rated(severity, confidence).attribute("tool", *tool);
    let finding = match reader {
        Some(reader) if reader.node().id() != step.node().id() => {
            finding.related(Place::node(reader.node(), "its report is read here"))
        }
        _ => finding,
    };
    finding.fixed(fix)
}

// The step that reads the report of a scan: one that gives it to code scanning, or that names the file; it may be the rest of the
// script.
fn reader<'u>(cx: &Cx<'u>, scan: &Ignored<'u>) -> Option<&'u Step<'u>> {
    let after = cx.unit.steps_after(scan.step);
    if let Some(upload) = after.iter().find(|step| step.runs_action("github/codeql-action/upload-sarif")) {
        return Some(upload);
    }
    let file = report(scan)?;
    let names = |text: &str| cx.budget.spend(text.len() / 16) && text.contains(file.as_ref());
    let behind = scan.command.and_then(|command| command.script().text().get(command.span().end as usize..));
    if behind.is_some_and(names) {
        return Some(scan.step);
    }
    after.iter().find(|step| names(step.node().source().slice(step.node().span())))
}

// The name of the file that a scan writes its report to.
fn report<'u>(scan: &Ignored<'u>) -> Option<Cow<'u, str>> {
    if let Some(command) = scan.command {
        return report_of(command);
    }
    let inputs = scan.step.with().into_iter().flat_map(Ref::entries);
    inputs.filter_map(|(_, value)| value.text()).find(|text| is_report(text)).map(Cow::Borrowed)
}

const DOCS: &str = r#"
A scan that cannot fail stops nothing: what it finds is a line in a log that is green. Here the workflow says so itself, by
`continue-on-error`, by `|| true` behind the command, by `set +e`, or by a setting of the scanner.

**Mend it:** let the scan fail. If it finds too much for that today, raise the severity from which it fails, or accept findings by
name, with a reason and a date, instead of all that will ever come.

**How bad:** medium; low where a later step gives the report to code scanning, whose rules for branches may stop a change, or names
the file of the report, and where a whole job is to pass: it still shows as failed, and rules for branches may ask for it.

Not reported: a scan beside another one of the same tool that does fail; a step whose `outcome` is asked for later; a script that
looks at `$?`. Linters and formatters are no scanners.

**It does not see:** scanners that only report unless they are told to fail, pipes such as `trivy … | tee`, scans within scripts and
make files, and settings in files of the scanner.

```yaml bad
on: pull_request
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - uses: gitleaks/gitleaks-action@ff98106e4c7b2bc287b24eaf42907196329070c7
        continue-on-error: true # <-
```

```yaml fixed
on: pull_request
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - uses: gitleaks/gitleaks-action@ff98106e4c7b2bc287b24eaf42907196329070c7
```

```yaml bad
on: pull_request
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - run: npm audit || true # <-
      - run: trivy fs --exit-code 0 . # <-
      - uses: anchore/scan-action@e1165082ffb1fe366ebaf02d8526e7c4989ea9d2
        with:
          image: app
          fail-build: false # <-
```

```yaml good
on: pull_request
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - run: trivy image --exit-code 0 --format table app
      - run: trivy image --exit-code 1 --severity CRITICAL app
```

```yaml good
on: pull_request
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - id: scan
        run: semgrep scan --error
        continue-on-error: true
      - run: ./publish-report
      - if: steps.scan.outcome == 'failure'
        run: exit 1
```

```yaml good
on: pull_request
jobs:
  lint:
    runs-on: ubuntu-latest
    continue-on-error: true
    steps:
      - run: eslint . || true
  scan:
    runs-on: ubuntu-latest
    steps:
      - run: if npm audit; then echo fine; else exit 1; fi
```
"#;
