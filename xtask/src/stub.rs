//! A module that speaks our interface and judges nothing: put in the place of the real one, it shows that the command has no
//! judgement of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function, FunctionSection, MemorySection, MemoryType, Module,
    TypeSection, ValType,
};

use crate::tools::{built, cargo, run, target, workspace};

/// What the stub answers to every call.
const ANSWER: &str = r#"{"error":{"code":"internal","message":"this module is a stub"}}"#;

const ANSWER_AT: i32 = 1024;
const REQUEST_AT: i32 = 65_536;
const PAGES: u64 = 256;

/// Builds the command around the stub and asks it to judge the example.
pub(crate) fn check() -> anyhow::Result<()> {
    run(cargo(&["build", "--quiet", "--package", "host-runner"]).env("GATEPOST_WASM", write()?))?;
    let said = ask(&built("debug"))?;
    ensure!(said.contains("this module is a stub"), "with a stub in place of the module, the command still said:\n{said}");
    println!("with a stub in place of the module, the command judges nothing");
    Ok(())
}

// Writes the stub, and says where it is.
fn write() -> anyhow::Result<PathBuf> {
    let file = target().join("stub.wasm");
    std::fs::write(&file, module()).with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(file)
}

fn ask(command: &Path) -> anyhow::Result<String> {
    let output = Command::new(command).current_dir(workspace()).args(["check", "examples/github-attacked"]).output()?;
    ensure!(output.status.code() == Some(2), "the command should have failed, not ended with {}", output.status);
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

fn module() -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], [ValType::I32]);
    types.ty().function([ValType::I32, ValType::I32], []);
    types.ty().function([ValType::I32, ValType::I32, ValType::I32], [ValType::I64]);
    let mut functions = FunctionSection::new();
    functions.function(0).function(1).function(2);
    let mut memories = MemorySection::new();
    memories.memory(MemoryType { minimum: PAGES, maximum: None, memory64: false, shared: false, page_size_log2: None });
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("gp_alloc", ExportKind::Func, 0).export("gp_free", ExportKind::Func, 1).export("gp_call", ExportKind::Func, 2);
    let answer = (i64::from(ANSWER_AT) << 32) | i64::try_from(ANSWER.len()).unwrap_or(0);
    let mut code = CodeSection::new();
    let mut alloc = Function::new([]);
    alloc.instructions().i32_const(REQUEST_AT).end();
    let mut free = Function::new([]);
    free.instructions().end();
    let mut call = Function::new([]);
    call.instructions().i64_const(answer).end();
    code.function(&alloc).function(&free).function(&call);
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(ANSWER_AT), ANSWER.bytes());
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&memories).section(&exports).section(&code).section(&data);
    module.finish()
}
