use policy_core::model::gitlab::{Job, JobScript};
use policy_core::rule::{Check, Confidence, Cx, Meta, Out, Pillar, Platform, Reads, Rule, RuleFinding, Severity, Status};
use policy_core::shell::sinks::{Reread, rereads};
use policy_core::shell::{PartKind, Word};

use crate::pipeline::{Asked, Chosen, Piece, chosen, is_limited, is_whole_pattern, pieces};
use crate::printing::{Expanded, assigned, assignments, expanded};

pub(crate) static RULE: Rule = Rule {
    id: "job-rereads-text",
    meta: Meta {
        title: "a job reads text as code that users fill",
        pillar: Pillar::Access,
        platforms: &[Platform::Gitlab],
        severity: Severity::Medium,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "2026-11",
        fix: None,
        maps: &["CICD-SEC-4"],
        aliases: &["glsec/gl002"],
    },
    reads: Reads::OwnFile,
    checks: &[Check::GitlabJob(check)],
    docs: crate::docs(DOCS),
};

/// How often a variable of a script is followed.
const MAX_DEPTH: usize = 4;

fn check<'u>(cx: &Cx<'u>, job: &Job<'u>, out: &mut Out<'u>) {
    for script in cx.unit.gitlab_scripts(job) {
        let spend = || cx.budget.spend(script.script.text().len() / 8 + 1);
        let any = || rereads(script.script).iter().any(|reread| !reread.code.is_constant());
        if script.remember(Asked::Rereads as u32, || spend() && any()) && spend() {
            of_script(cx, job, &script, out);
        }
    }
}

fn of_script<'u>(cx: &Cx<'u>, job: &Job<'u>, script: &JobScript<'u>, out: &mut Out<'u>) {
    for reread in rereads(script.script).into_iter().filter(|reread| !reread.code.is_constant()) {
        let Some(at) = script.own_place(reread.code.span().range(), "read again as code") else { continue };
        let mut follower = Follower { cx, job, script, found: Vec::new() };
        follower.word(reread.code, 0);
        let Some((name, what)) = follower.found.first().copied() else { continue };
        out.found(finding(at, &reread, name, what));
    }
}

fn finding<'u>(at: policy_core::rule::Place<'u>, reread: &Reread<'_>, name: &str, what: Chosen) -> RuleFinding<'u> {
    let (severity, who) = match what {
        Chosen::Commit => (Severity::Medium, "whoever gets a commit merged chooses it"),
        Chosen::Starter => (Severity::Low, "whoever opens the merge request or starts the pipeline chooses it"),
        Chosen::Name | Chosen::Slug => (Severity::Low, "who may push a branch or a tag can put `$(…)` into its name"),
    };
    let by = reread.by;
    let help = "keep the text out of the code: hand it over as an argument, `bash -c 'echo \"$1\"' _ \"$CI_COMMIT_TITLE\"`, or let \
                the code read the variable itself, in single quotes";
    let message = format!("`{by}` reads text of `{name}` again as code, and {who}");
    RuleFinding::new(at, message, help, name).rated(severity, Confidence::High).attribute("variable", name).attribute("by", by)
}

struct Follower<'a, 'u> {
    cx: &'a Cx<'u>,
    job: &'a Job<'u>,
    script: &'a JobScript<'u>,
    found: Vec<(&'u str, Chosen)>,
}

impl<'u> Follower<'_, 'u> {
    fn word(&mut self, word: Word<'u>, depth: usize) {
        for part in word.parts().filter(|part| part.kind() == PartKind::Variable) {
            let whole = expanded(part.text(), part.name(), self.script.script.language()) == Expanded::Same
                || part.text().contains(['#', '%']) && !part.text().starts_with("${#");
            if whole && depth <= MAX_DEPTH && self.cx.budget.spend(1) {
                self.variable(part.name(), depth);
            }
        }
    }

    // What the script makes of the variable counts more than what the job gives it.
    fn variable(&mut self, name: &'u str, depth: usize) {
        let plain = name.split_once(':').map_or(name, |(_, name)| name);
        let commands = self.script.script.commands();
        let mut sets = commands.flat_map(assignments).filter(|word| assigned(*word) == Some(plain)).peekable();
        if sets.peek().is_some() {
            let own = self.script.script.text().len() / 8 + 1;
            let words: Vec<Word<'u>> = if self.cx.budget.spend(own) { sets.collect() } else { Vec::new() };
            return words.into_iter().for_each(|word| self.word(word, depth + 1));
        }
        let given = match self.job.variable(plain).is().and_then(policy_core::model::gitlab::Value::text) {
            Some(text) => pieces(self.job, text),
            None => vec![Piece::Variable(plain)],
        };
        for piece in given {
            let Piece::Variable(name) = piece else { continue };
            let Some(what) = chosen(name).filter(|what| *what != Chosen::Slug) else { continue };
            if !is_limited(self.job, name, is_whole_pattern) {
                self.found.push((name, what));
            }
        }
    }
}

const DOCS: &str = r#"
A shell does not read the value of a variable as code, so a commit's title is safe in `echo $CI_COMMIT_TITLE`, quoted or not: without
quotes it is only split into words. `eval "$CI_COMMIT_TITLE"`, `bash -c "… $CI_COMMIT_TITLE"`, `ssh host "… $CI_COMMIT_REF_NAME"` and
a here-document for an interpreter undo that: the variable is expanded first, and the result is read as code.

**Mend it:** keep the text out of the code. Hand it over as an argument (`bash -c 'echo "$1"' _ "$CI_COMMIT_TITLE"`), or put the code
in single quotes, so that it reads the variable itself. For names of branches and tags, `$CI_COMMIT_REF_SLUG` and `$CI_COMMIT_SHA`
hold nothing that a shell acts on.

**How bad:** medium for texts of commits, which get into protected branches with a merge; low for names of branches and tags, and for
texts of merge requests, since who can choose them can mostly also change the pipeline.

**It does not see:** text that comes from files and programs; programs that take code in other ways, such as `make`. Jobs whose rules
compare the name of the branch or tag with a text or a whole pattern, or run on protected branches only, are not reported for it.

```yaml bad
greet:
  script:
    - eval "echo $CI_COMMIT_TITLE" # <-
    - bash -c "echo $CI_COMMIT_MESSAGE" # <-
    - |
      TEXT="new: $CI_COMMIT_DESCRIPTION"
      node -e "console.log('$TEXT')" # <-
```

```yaml bad
deploy:
  variables:
    REF: origin/$CI_COMMIT_REF_NAME
  script:
    - ssh host "git checkout $REF" # <-
  after_script:
    - |
      ssh host <<EOF
      echo ${CI_COMMIT_TAG#v} # <-
      EOF
```

```yaml good
greet:
  script:
    - echo $CI_COMMIT_TITLE && ./greet.sh "$CI_COMMIT_MESSAGE"
    - bash -c 'echo "$1"' _ "$CI_COMMIT_TITLE"
    - bash -c 'echo "$CI_COMMIT_TITLE"' && node -e 'console.log(process.env.CI_COMMIT_TITLE)'
```

```yaml good
deploy:
  script:
    - ssh host "deploy $CI_COMMIT_SHA $CI_COMMIT_REF_SLUG $CI_PROJECT_NAME"
    - ssh host "deploy ${#CI_COMMIT_TAG} ${CI_COMMIT_TAG:+tagged}"
```

```yaml good
release:
  script: ssh host "deploy $CI_COMMIT_TAG"
  rules:
    - if: $CI_COMMIT_TAG =~ /^v\d+\.\d+\.\d+$/
main:
  script: ssh host "git checkout $CI_COMMIT_REF_NAME"
  only: [main]
default:
  script: ssh host "git checkout $CI_COMMIT_BRANCH"
  rules:
    - if: $CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH
      when: never
    - when: on_success
```
"#;
