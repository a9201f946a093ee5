// For bundlers and pages: the module is fetched from beside this file before the import is done. Who wants to choose when, or from where,
// imports `gatepost/gatepost.js` and calls what it exports by default.
import init from './gatepost.js'

await init({ module_or_path: new URL('./gatepost_bg.wasm', import.meta.url) })

export { call, decide, describe, evaluate, inspect, policy, render, show, whoCan } from './gatepost.js'
export { __wbg_reset_state as restart } from './gatepost.js'
