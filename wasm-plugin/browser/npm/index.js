// For bundlers and pages: the module is fetched from beside this file before the import is done. Who wants to choose when, or from where,
// imports `gatepost/gatepost.js` and calls what it exports by default.
import init from './gatepost.js'

await init({ module_or_path: new URL('./gatepost_bg.wasm', import.meta.url) })

export * from './gatepost.js'
