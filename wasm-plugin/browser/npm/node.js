// For Node.js: the module is read from disk, so that everything can be called as soon as this is imported.
import { readFileSync } from 'node:fs'
import { initSync } from './gatepost.js'

initSync({ module: readFileSync(new URL('./gatepost_bg.wasm', import.meta.url)) })

export { call, decide, describe, evaluate, inspect, policy, render, show, whoCan } from './gatepost.js'
export { __wbg_reset_state as restart } from './gatepost.js'
