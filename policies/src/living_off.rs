//! What executes files of the folder that it runs in: interpreters, build tools, package managers, linters that load settings as code.

use policy_core::model::github::{ActionReference, Step};
use policy_core::read::Read;
use policy_core::shell::{Command, Script, Word};

/// Programs that execute what a checked-out folder says: its build files, its settings, the hooks of its packages.
const TOOLS: &[&str] = &[
    "ansible-playbook",
    "ant",
    "bazel",
    "bazelisk",
    "buf",
    "bun",
    "bundle",
    "cargo",
    "checkov",
    "cmake",
    "composer",
    "conda",
    "corepack",
    "ctest",
    "deno",
    "docker",
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
    "helm",
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
    "pipx",
    "pnpm",
    "podman",
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
    "uvx",
    "vale",
    "vite",
    "webpack",
    "yarn",
];

/// Programs that execute a file which they are given.
const INTERPRETERS: &[&str] = &[
    "bash",
    "sh",
    "zsh",
    "dash",
    "ksh",
    "pwsh",
    "powershell",
    "python",
    "python2",
    "python3",
    "node",
    "ruby",
    "perl",
    "php",
    "lua",
    "tsx",
    "ts-node",
    "source",
    ".",
];

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
    if named.starts_with("./")
        || named.starts_with("../")
        || (named.contains('/') && !named.starts_with('/') && !named.contains('='))
    {
        return true;
    }
    let Some(program) = command.program() else { return false };
    let first = program.arguments.get(0).map(Word::leading).unwrap_or_default();
    if program.is_any(INTERPRETERS) {
        // `-c`, `-m` and the like bring their code with them; `-` and a lone option read it elsewhere.
        let file = program.arguments.iter().map(Word::leading).find(|word| !word.starts_with('-'));
        return !first.starts_with("-c")
            && first != "-m"
            && first != "-e"
            && file.is_some_and(|file| !file.starts_with('/') || file.is_empty());
    }
    if program.is("pip") || program.is("pip3") {
        return program
            .arguments
            .iter()
            .map(Word::leading)
            .any(|word| word == "." || word.starts_with("./") || word == "-r" || word == "-e");
    }
    let version = matches!(&*first, "--version" | "-version" | "-v" | "-V" | "version" | "login" | "config");
    program.is_any(TOOLS) && !version
}

/// Whether a step executes files of the folder that was checked out, or of the folder `within` it.
#[must_use]
pub fn step_executes(step: &Step<'_>, script: Option<&Script<'_>>, within: Option<&str>) -> bool {
    let folder = within.map(|folder| folder.trim_start_matches("./").trim_end_matches('/'));
    if let Some(script) = script {
        let there = folder.is_none_or(|folder| {
            script.text().contains(folder)
                || !matches!(step.working_directory(), Read::Is(other) if !other.contains(folder))
                    && step.working_directory() != Read::Absent
        });
        return there && script.commands().any(executes);
    }
    match step.uses() {
        Read::Is((_, ActionReference::Local(path))) => folder.is_none_or(|folder| path.contains(folder)),
        Read::Is((_, ActionReference::Repository(remote))) => ACTIONS.iter().any(|action| remote.is(action)),
        _ => false,
    }
}
