//! Runs the embedded module: the only way in which the command judges anything.

#[cfg(feature = "plugins")]
mod cache;
mod config;
mod embedded;
#[cfg(feature = "plugins")]
pub mod plugin;

use anyhow::Context;
use policy_core::api::Operation;
use wasmtime::{Engine, Instance, Linker, Memory, Module, Store, StoreLimits, StoreLimitsBuilder, TypedFunc};

/// The most memory that one instance may have, in bytes.
pub const MEMORY_LIMIT: usize = 512 << 20;

/// An instance that holds more than this after a call is not used again: memory only grows.
const WARM_LIMIT: usize = 192 << 20;

/// The compiled module. Instances are made from it, one a thread.
pub struct Judge {
    engine: Engine,
    module: Module,
    linker: Linker<StoreLimits>,
}

/// The module trapped: a defect, or the end of its memory. The instance is gone.
#[derive(Debug)]
pub struct Crash {
    /// What happened.
    pub message: String,
    /// The file that was at work, if it was known.
    pub file: String,
    /// The rule that was at work, if one was.
    pub rule: String,
    /// Where in our sources it panicked, if it did.
    pub place: String,
}

impl Judge {
    /// Loads the module that was embedded when the command was built.
    ///
    /// # Errors
    /// When this machine cannot run it.
    pub fn new() -> anyhow::Result<Self> {
        let mut config = config::config();
        embedded::config(&mut config);
        let engine = Engine::new(&config).map_err(anyhow_of).context("the WebAssembly engine does not start")?;
        let module = embedded::module(&engine).map_err(anyhow_of).context("the embedded module cannot be loaded")?;
        // Nothing to link: the module has no imports, and one that had would not be instantiated.
        let linker = Linker::new(&engine);
        Ok(Self { engine, module, linker })
    }

    /// A new instance.
    ///
    /// # Errors
    /// When there is no memory for it, or the module is not of our interface.
    pub fn instance(&self) -> anyhow::Result<Worker<'_>> {
        Ok(Worker { judge: self, live: Some(Live::new(self)?) })
    }
}

fn anyhow_of(error: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}

/// An instance that is kept warm from call to call, and replaced when it has crashed or grown large.
pub struct Worker<'j> {
    judge: &'j Judge,
    live: Option<Live>,
}

impl Worker<'_> {
    /// Asks the module. The request comes in parts, which are put side by side.
    ///
    /// # Errors
    /// A crash, after which the worker goes on with a new instance.
    pub fn call(&mut self, operation: Operation, request: &[&[u8]]) -> Result<Vec<u8>, Crash> {
        self.call_with(operation, request, <[u8]>::to_vec)
    }

    /// Asks the module, and hands the answer on where it lies: a long one need not be copied.
    ///
    /// # Errors
    /// A crash, after which the worker goes on with a new instance.
    pub fn call_with<R>(&mut self, operation: Operation, request: &[&[u8]], take: impl FnOnce(&[u8]) -> R) -> Result<R, Crash> {
        let mut live = match self.live.take() {
            Some(live) => live,
            None => Live::new(self.judge).map_err(|error| Crash::new(format!("{error:#}")))?,
        };
        match live.call(operation, request, take) {
            Ok(answer) => {
                self.live = Some(live).filter(|live| live.memory.data_size(&live.store) <= WARM_LIMIT);
                Ok(answer)
            }
            Err(error) => {
                let [file, rule, place] = live.breadcrumb();
                Err(Crash { message: format!("{error:#}"), file, rule, place })
            }
        }
    }
}

impl Crash {
    fn new(message: String) -> Self {
        Self { message, file: String::new(), rule: String::new(), place: String::new() }
    }
}

struct Live {
    store: Store<StoreLimits>,
    instance: Instance,
    memory: Memory,
    alloc: TypedFunc<u32, u32>,
    free: TypedFunc<(u32, u32), ()>,
    call: TypedFunc<(u32, u32, u32), u64>,
}

impl Live {
    fn new(judge: &Judge) -> anyhow::Result<Self> {
        let limits = StoreLimitsBuilder::new().memory_size(MEMORY_LIMIT).instances(1).memories(1).tables(1).build();
        let mut store = Store::new(&judge.engine, limits);
        store.limiter(|limits| limits);
        let instance = judge.linker.instantiate(&mut store, &judge.module).map_err(anyhow_of)?;
        let memory = instance.get_memory(&mut store, "memory").context("the module exports no memory")?;
        Ok(Self {
            alloc: instance.get_typed_func(&mut store, "gp_alloc").map_err(anyhow_of)?,
            free: instance.get_typed_func(&mut store, "gp_free").map_err(anyhow_of)?,
            call: instance.get_typed_func(&mut store, "gp_call").map_err(anyhow_of)?,
            memory,
            instance,
            store,
        })
    }

    fn call<R>(&mut self, operation: Operation, request: &[&[u8]], take: impl FnOnce(&[u8]) -> R) -> anyhow::Result<R> {
        let length = u32::try_from(request.iter().map(|part| part.len()).sum::<usize>()).context("a request of more than 4 GiB")?;
        let at = self.alloc.call(&mut self.store, length).map_err(anyhow_of)?;
        anyhow::ensure!(at != 0, "the request does not fit into the {} MiB of an instance", MEMORY_LIMIT >> 20);
        let mut end = at as usize;
        for part in request {
            self.memory.write(&mut self.store, end, part)?;
            end += part.len();
        }
        let packed = self.call.call(&mut self.store, (operation as u32, at, length)).map_err(anyhow_of)?;
        self.free.call(&mut self.store, (at, length)).map_err(anyhow_of)?;
        let (at, length) = ((packed >> 32) as u32, packed as u32);
        let range = at as usize..at as usize + length as usize;
        let answer = take(self.memory.data(&self.store).get(range).context("an answer outside of memory")?);
        self.free.call(&mut self.store, (at, length)).map_err(anyhow_of)?;
        Ok(answer)
    }

    // The module leaves `file\nrule`, and after a panic its place, at an address that it exports; this is read when nothing in it can run any more.
    fn breadcrumb(&mut self) -> [String; 3] {
        let address =
            self.instance.get_global(&mut self.store, "GP_BREADCRUMB").and_then(|global| global.get(&mut self.store).i32());
        let at = address.map_or(0, |address| address as u32 as usize);
        let data = self.memory.data(&self.store);
        let length =
            data.get(at..at + 2).map_or(0, |bytes| bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)));
        let text = String::from_utf8_lossy(data.get(at + 2..at + 2 + length).unwrap_or(&[])).into_owned();
        let mut lines = text.lines();
        let mut next = || lines.next().unwrap_or("").to_owned();
        [next(), next(), next()]
    }
}
