// For Node.js: the module is read from disk, so that everything can be called as soon as this is imported.
import { readFileSync } from 'node:fs'
import { initSync } from './gatepost.js'

initSync({ module: readFileSync(new URL('./gatepost_bg.wasm', import.meta.url)) })

export * from './gatepost.js'
