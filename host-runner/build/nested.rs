// Builds the module with a cargo inside of cargo. Shared, as a file, by the runner's build script and by `cargo xtask wasm`.

use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// What the outer build says of itself and the inner one must not take over: flags and wrappers made for another target, and a
/// target folder whose lock the outer build holds.
const LEAKS: &[&str] = &[
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "RUSTFLAGS",
];

/// What a module is built for. Both are made of the same sources and give the same answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// For every host, and for download: small, and without vectors, which hosts in Java do not run.
    Portable,
    /// For the command, which embeds it as machine code: fast, whatever it weighs.
    Embedded,
}

impl Made {
    fn profile(self) -> &'static str {
        match self {
            Self::Portable => "wasm",
            Self::Embedded => "wasm-embedded",
        }
    }

    // Structs are moved by plain stores, which is faster in every engine than `memory.copy` of a hundred bytes. What the compiler makes
    // vectors of by itself needs shuffles, which the oldest processors of the target do by a call; so do the vectors of SHA-256.
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Portable => &["-Ctarget-feature=-bulk-memory"],
            Self::Embedded => &[
                "-Ctarget-feature=-bulk-memory,+simd128",
                "-Cno-vectorize-slp",
                "-Cno-vectorize-loops",
                "-Cllvm-args=-inline-threshold=400",
                "--cfg=sha2_backend=\"soft\"",
            ],
        }
    }
}

/// Builds a package of `wasm-plugin/` and gives the path of its module. `folder` is the inner target folder, never the outer.
pub(crate) fn build_module(workspace: &Path, folder: &Path, package: &str, made: Made) -> Result<PathBuf, String> {
    let library = format!("gatepost_{package}");
    add_target(workspace)?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace).args(["build", "--quiet", "--lib", "--profile", made.profile(), "--target", TARGET]);
    command.args(["--package", &format!("wasm-plugin-{package}")]).arg("--target-dir").arg(folder);
    let mut flags: Vec<String> = made.flags().iter().map(|flag| (*flag).to_owned()).collect();
    let prefixes = ["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_", "CARGO_FEATURE_", "CARGO_CFG_"];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if LEAKS.contains(&text.as_ref()) || prefixes.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    // The sources of dependencies lie in a folder that differs from machine to machine; panics carry their paths into the module.
    for (sources, name) in registry_folders() {
        flags.push(format!("--remap-path-prefix={sources}={name}"));
    }
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    let output = command.output().map_err(|error| format!("cargo could not be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("the module does not build:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    let built = folder.join(TARGET).join(made.profile()).join(format!("{library}.wasm"));
    let module = folder.join(format!("{library}.wasm"));
    let bytes = std::fs::read(&built).map_err(|error| format!("{} cannot be read: {error}", built.display()))?;
    let bytes = without_names(&bytes).ok_or("the module is no WebAssembly")?;
    std::fs::write(&module, bytes).map_err(|error| format!("{} cannot be written: {error}", module.display()))?;
    Ok(module)
}

// Without the section that names functions: a tenth of the module, which only traces of crashes would show. Those name the file and
// the rule by the breadcrumb. `strip = true` would drop `target_features` too, and then other tools refuse the module.
fn without_names(module: &[u8]) -> Option<Vec<u8>> {
    let (head, mut rest) = module.split_at_checked(8)?;
    let mut out = head.to_vec();
    while let Some((id, after)) = rest.split_first() {
        let (length, body) = leb128(after)?;
        let (body, next) = body.split_at_checked(length)?;
        let is_names = *id == 0 && leb128(body).is_some_and(|(length, name)| name.get(..length) == Some(b"name"));
        if !is_names {
            out.extend_from_slice(rest.get(..rest.len() - next.len())?);
        }
        rest = next;
    }
    Some(out)
}

// An unsigned number of seven bits a byte, and what follows it.
fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let end = bytes.iter().take(5).position(|byte| byte & 0x80 == 0)?;
    let (digits, rest) = bytes.split_at_checked(end + 1)?;
    let value = digits.iter().rev().fold(0_usize, |value, byte| value << 7 | usize::from(byte & 0x7f));
    Some((value, rest))
}

fn registry_folders() -> Vec<(String, &'static str)> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default();
    let sources = std::fs::read_dir(home.join("registry").join("src")).into_iter().flatten().flatten();
    sources.map(|folder| (folder.path().to_string_lossy().into_owned(), "registry")).collect()
}

/// Adds the target to the toolchain if it is missing.
pub(crate) fn add_target(workspace: &Path) -> Result<(), String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let printed = Command::new(rustc).current_dir(workspace).args(["--print", "target-libdir", "--target", TARGET]).output();
    let folder = printed.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    if !folder.is_empty() && Path::new(&folder).is_dir() {
        return Ok(());
    }
    let added = Command::new("rustup").current_dir(workspace).args(["target", "add", TARGET]).output();
    match added {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(format!("`rustup target add {TARGET}` failed; install this target for your Rust yourself:\n{said}"))
        }
        Err(error) => {
            Err(format!("the Rust target {TARGET} is missing and rustup cannot be started ({error}); install the target yourself"))
        }
    }
}
