//! What executes files of the folder that it runs in: interpreters, build tools, package managers, linters that load settings as code.

use policy_core::model::github::{ActionReference, Step};
use policy_core::read::Read;
use policy_core::shell::{Command, Kind, Script, Word};

/// Programs that execute what a checked-out folder says: its build files, its settings, the hooks of its packages.
const TOOLS: &[&str] = &[
    "ansible-playbook",
    "ant",
    "bazel",
    "bazelisk",
    "bun",
    "bundle",
    "cargo",
    "checkov",
    "cmake",
    "composer",
    "ctest",
    "deno",
    "docker-compose",
    "dotnet",
    "earthly",
    "eslint",
    "flake8",
    "go",
    "golangci-lint",
    "gomplate",
    "goreleaser",
    "gradle",
    "gradlew",
    "gulp",
    "hatch",
    "invoke",
    "jekyll",
    "jest",
    "just",
    "lerna",
    "make",
    "meson",
    "mkdocs",
    "mocha",
    "msbuild",
    "mvn",
    "mvnw",
    "mypy",
    "ninja",
    "nix",
    "nox",
    "npm",
    "npx",
    "nx",
    "packer",
    "pdm",
    "phpstan",
    "phpunit",
    "pipenv",
    "pnpm",
    "poetry",
    "pre-commit",
    "prettier",
    "pulumi",
    "pylint",
    "pytest",
    "rake",
    "rspec",
    "rubocop",
    "rye",
    "sbt",
    "serverless",
    "skaffold",
    "snapcraft",
    "sonar-scanner",
    "sphinx-build",
    "stylelint",
    "swift",
    "task",
    "terraform",
    "terragrunt",
    "tflint",
    "tofu",
    "tox",
    "tsc",
    "turbo",
    "uv",
    "vale",
    "vite",
    "webpack",
    "yarn",
];

/// Shells, which execute a file that they are given.
const SHELLS: &[&str] = &["bash", "sh", "zsh", "dash", "ksh", "source", "."];

/// Other programs that do.
const INTERPRETERS: &[&str] =
    &["pwsh", "powershell", "python", "python2", "python3", "node", "ruby", "perl", "php", "lua", "tsx", "ts-node"];

/// Actions that execute what a checked-out folder says.
const ACTIONS: &[&str] = &[
    "bahmutov/npm-install",
    "borales/actions-yarn",
    "bridgecrewio/checkov-action",
    "cypress-io/github-action",
    "docker/bake-action",
    "golangci/golangci-lint-action",
    "goreleaser/goreleaser-action",
    "gradle/gradle-build-action",
    "pre-commit/action",
    "super-linter/super-linter",
];

/// Whether a command executes files of the folder that it runs in.
#[must_use]
pub fn executes(command: Command<'_>) -> bool {
    let named = command.words().get(0).map(Word::leading).unwrap_or_default();
    if command.kind() == Kind::Simple && named.contains('/') && !named.starts_with(['/', '~']) {
        return true;
    }
    let Some(program) = command.program() else { return false };
    let mut words = program.arguments.iter().map(Word::leading);
    let has = |wanted: &[&str]| program.arguments.iter().any(|word| wanted.iter().any(|wanted| word.is(wanted)));
    let first = program.arguments.get(0).map(Word::leading).unwrap_or_default();
    let second = program.arguments.get(1).map(Word::leading).unwrap_or_default();
    let file = words.clone().find(|word| !word.starts_with('-'));
    let runs_file = file.is_some_and(|file| !file.starts_with('/'));
    if program.is_any(SHELLS) {
        let mut options = words.clone().take_while(|word| word.starts_with('-'));
        return !options.any(|option| !option.starts_with("--") && option.contains('c')) && runs_file;
    }
    if program.is_any(INTERPRETERS) {
        return match &*first {
            "-m" => {
                TOOLS.contains(&&*second)
                    || matches!(&*second, "build" | "unittest")
                    || (second == "pip" && has(&[".", "-r", "-e"]))
            }
            "-c" | "-e" | "-p" | "-Command" | "-" => false,
            _ => runs_file,
        };
    }
    match &*program.name {
        "pip" | "pip3" => words.any(|word| word == "." || word.starts_with("./") || word == "-r" || word == "-e"),
        "docker" | "podman" => has(&["build", "buildx", "compose", "bake"]),
        "cargo" if first == "install" => has(&["--path"]),
        "npm" | "pnpm" | "yarn" if has(&["-g", "--global", "global"]) => false,
        _ if matches!(&*first, "--version" | "-version" | "-v" | "-V" | "version" | "login" | "config") => false,
        _ => program.is_any(TOOLS),
    }
}

/// Whether a step executes files of the folder that was checked out: the workspace, or the folder `within` it.
#[must_use]
pub fn step_executes(step: &Step<'_>, script: Option<&Script<'_>>, within: Option<&str>) -> bool {
    let folder = within.map(|folder| folder.trim_start_matches("./").trim_end_matches('/'));
    let speaks_of = |text: &str| folder.is_none_or(|folder| text.contains(folder));
    if let Some(script) = script {
        let there = speaks_of(script.text()) || matches!(step.working_directory(), Read::Is(other) if speaks_of(other));
        let unknown = step.working_directory() == Read::Dynamic;
        return (there || unknown) && script.commands().any(executes);
    }
    match step.uses() {
        Read::Is((_, ActionReference::Local(path))) => speaks_of(path),
        Read::Is((_, ActionReference::Repository(remote))) => folder.is_none() && ACTIONS.iter().any(|action| remote.is(action)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use policy_core::shell::{Language, parse};

    use super::executes;

    #[test]
    fn commands_that_execute_files_of_the_folder() {
        for script in [
            "./build.sh",
            "../build.sh",
            "tools/build.sh --all",
            "make",
            "sudo make install",
            "A=b npm ci",
            "cargo build",
            "cargo install --path .",
            "go test ./...",
            "bash -e build.sh",
            "bash build.sh",
            ". ./env.sh",
            "source env.sh",
            "python setup.py install",
            "python -m pytest",
            "python3 -m build",
            "python -m pip install -r requirements.txt",
            "pip install .",
            "pip install ./tools",
            "pip3 install -e .[dev]",
            "pip install -r requirements.txt",
            "docker build -t a .",
            "docker buildx build .",
            "docker compose up",
            "yarn",
            "cd product && tox",
            "$(npm bin)/eslint",
        ] {
            assert!(parse(script, Language::Posix).commands().any(executes), "{script}");
        }
    }

    #[test]
    fn commands_that_do_not() {
        for script in [
            "echo hello",
            "git diff > ./changes",
            "gh pr view 1",
            "/usr/bin/env",
            "~/bin/tool",
            "cat ./README.md",
            "npm install -g tool",
            "yarn global add tool",
            "npm --version",
            "cargo install tool",
            "docker login",
            "docker run alpine",
            "docker pull alpine",
            "bash -c 'echo hello'",
            "bash -ec 'echo hello'",
            "node -e 'f()'",
            "python -c 'print(1)'",
            "python -m pip install tool",
            "python -m json.tool",
            "bash /usr/lib/tool.sh",
            "bash",
            "pip install tool",
            "sudo apt-get install make",
            "for file in a/b c/d; do echo \"$file\"; done",
        ] {
            assert!(!parse(script, Language::Posix).commands().any(executes), "{script}");
        }
    }
}
