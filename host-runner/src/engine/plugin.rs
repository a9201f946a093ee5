//! Runs modules of third parties, which speak the interface of ours: nothing to import, metered, in little memory, a new instance for
//! every call.

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use policy_core::api::{ABI_VERSION, Operation};
use wasmtime::{Config, Engine, Instance, Linker, Module, OperatorCost, ResourceLimiter, Store, Trap};

use super::cache::Cache;

/// The most memory that a plugin may have, in bytes.
pub const PLUGIN_MEMORY: usize = 256 << 20;

/// The largest module that is compiled, in bytes.
pub const MAX_PLUGIN: usize = 16 << 20;

/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 16 << 20;

/// What a call may spend, in units of about one instruction: this, and so much for each byte of the request. A module that looks at
/// every byte a few hundred times stays far below it; one that loops over few files ends within seconds.
const FUEL: u64 = 1_000_000_000;
const FUEL_PER_BYTE: u64 = 1_000;

/// And never more than this, which takes a minute or two of the slowest instructions.
const MAX_FUEL: u64 = 20_000_000_000;

/// The longest time that a module may take to compile: many times what one of a megabyte takes that means no harm. A debug build's compiler
/// is slower by far.
const MAX_COMPILE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 600 } else { 60 });

/// A module that is ready to be run.
pub struct Plugin {
    engine: Engine,
    module: Module,
}

/// What a store of a plugin knows.
#[derive(Default)]
struct Limits {
    // How much it asked for, if that was too much.
    refused: Option<usize>,
}

impl ResourceLimiter for Limits {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > PLUGIN_MEMORY {
            self.refused = Some(desired);
            return Err(wasmtime::Error::msg("too much memory"));
        }
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= 1 << 20)
    }

    fn memories(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        4
    }

    fn instances(&self) -> usize {
        1
    }
}

impl Plugin {
    /// Compiles a module, or takes what was compiled before out of the cache in this folder. `sha256` is the digest of the bytes.
    ///
    /// # Errors
    /// Where it is no module of our interface, in words for a person.
    pub fn new(bytes: &[u8], sha256: &str, cache: Option<PathBuf>) -> Result<Self, String> {
        if bytes.len() > MAX_PLUGIN {
            return Err(format!("its module has {} bytes, more than the {} MiB that are compiled", bytes.len(), MAX_PLUGIN >> 20));
        }
        let mut config = Config::new();
        config.consume_fuel(true);
        // Growing by nothing is a call into the host each time, and would cost no more than an addition.
        let mut costs = OperatorCost::new();
        (costs.MemoryGrow, costs.TableGrow) = (u8::MAX, u8::MAX);
        config.operator_cost(costs);
        config.wasm_backtrace_max_frames(None);
        config.wasm_memory64(false);
        config.wasm_multi_memory(false);
        config.wasm_relaxed_simd(false);
        config.wasm_tail_call(false);
        let engine = Engine::new(&config).map_err(|error| format!("the WebAssembly engine does not start: {error:#}"))?;
        let module = match cache {
            Some(folder) => Cache::new(folder).module(&engine, sha256, || compile(&engine, bytes))?,
            None => compile(&engine, bytes)?,
        };
        if let Some(import) = module.imports().next() {
            return Err(format!("it imports {}.{}: a plugin may import nothing", import.module(), import.name()));
        }
        Ok(Self { engine, module })
    }

    /// Asks it. The request comes in parts, which are put side by side.
    ///
    /// # Errors
    /// Where it does not answer, or not in memory that it has, in words for a person.
    pub fn call(&self, operation: Operation, request: &[&[u8]]) -> Result<Vec<u8>, String> {
        let length = request.iter().map(|part| part.len()).sum::<usize>();
        let short = u32::try_from(length).map_err(|_| "the files are too many for one call".to_owned())?;
        let mut store = Store::new(&self.engine, Limits::default());
        store.limiter(|limits| limits);
        let fuel = (FUEL + FUEL_PER_BYTE * u64::from(short)).min(MAX_FUEL);
        let met = store.set_fuel(fuel).and_then(|()| {
            let linker: Linker<Limits> = Linker::new(&self.engine);
            linker.instantiate(&mut store, &self.module)
        });
        let answered = match met {
            Ok(instance) => ask(&mut store, instance, operation, (request, short)),
            Err(error) => Err(Failure::Trap(error)),
        };
        answered.map_err(|failure| match (failure, store.data().refused) {
            (_, Some(asked)) => {
                format!("it asked for {} MiB of memory, and may have {}", asked >> 20, PLUGIN_MEMORY >> 20)
            }
            (Failure::Said(said), None) => said,
            (Failure::Trap(error), None) => trapped(&error, fuel),
        })
    }
}

// The compiler has no limit of its own. What it still does when its time is over ends with the command.
fn compile(engine: &Engine, bytes: &[u8]) -> Result<Module, String> {
    let (done, compiled) = mpsc::channel();
    let (engine, bytes) = (engine.clone(), bytes.to_vec());
    std::thread::spawn(move || done.send(Module::new(&engine, &bytes)));
    match compiled.recv_timeout(MAX_COMPILE) {
        Ok(module) => module.map_err(|error| format!("its module cannot be compiled: {}", first_line(&error))),
        Err(_) => Err(format!("its module takes more than the {} seconds that it may take to compile", MAX_COMPILE.as_secs())),
    }
}

enum Failure {
    Trap(wasmtime::Error),
    Said(String),
}

impl From<wasmtime::Error> for Failure {
    fn from(error: wasmtime::Error) -> Self {
        Self::Trap(error)
    }
}

fn ask(
    store: &mut Store<Limits>,
    instance: Instance,
    operation: Operation,
    (request, length): (&[&[u8]], u32),
) -> Result<Vec<u8>, Failure> {
    let said = |text: &str| Failure::Said(text.to_owned());
    let lacks = |name: &str| Failure::Said(format!("it does not export `{name}` as the interface has it"));
    let version = instance.get_typed_func::<(), u32>(&mut *store, "gp_abi_version").map_err(|_| lacks("gp_abi_version"))?;
    let alloc = instance.get_typed_func::<u32, u32>(&mut *store, "gp_alloc").map_err(|_| lacks("gp_alloc"))?;
    let call = instance.get_typed_func::<(u32, u32, u32), u64>(&mut *store, "gp_call").map_err(|_| lacks("gp_call"))?;
    let memory = instance.get_memory(&mut *store, "memory").ok_or_else(|| lacks("memory"))?;
    let version = version.call(&mut *store, ())?;
    if version != ABI_VERSION {
        return Err(Failure::Said(format!("it speaks version {version} of the interface, and this command version {ABI_VERSION}")));
    }
    let at = alloc.call(&mut *store, length)?;
    if at == 0 {
        return Err(said("it has no memory for the files"));
    }
    let mut end = at as usize;
    for part in request {
        memory.write(&mut *store, end, part).map_err(|_| said("it gave memory for the files that it does not have"))?;
        end += part.len();
    }
    let packed = call.call(&mut *store, (operation as u32, at, length))?;
    let (at, length) = ((packed >> 32) as usize, (packed & u64::from(u32::MAX)) as usize);
    if length > MAX_ANSWER {
        return Err(Failure::Said(format!("its answer has {length} bytes, more than the {} MiB that are read", MAX_ANSWER >> 20)));
    }
    let answer = at.checked_add(length).and_then(|end| memory.data(&*store).get(at..end));
    answer.map(<[u8]>::to_vec).ok_or_else(|| said("its answer lies outside of its memory"))
}

fn trapped(error: &wasmtime::Error, fuel: u64) -> String {
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => format!("it did more than the {} million steps that it may do for these files", fuel / 1_000_000),
        Some(Trap::StackOverflow) => "it called itself too deep".to_owned(),
        Some(trap) => format!("it trapped: {trap}"),
        None => format!("it could not be run: {}", first_line(error)),
    }
}

fn first_line(error: &wasmtime::Error) -> String {
    format!("{error:#}").lines().next().unwrap_or_default().to_owned()
}
