//! Nothing. Its manifest asks for the features that any part of the workspace asks for of what wasmtime stands on, so that cargo builds
//! the compiler of modules once: for the build script, the command, the tests and the lints alike.
