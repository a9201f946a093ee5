// Answers every case by the package for npm: node conform-package.mjs PACKAGE CASES OUT [BENCH]. PACKAGE is its name, `gatepost`.
import { readFileSync } from 'node:fs'
import { run } from './measure.mjs'

let loads = 0

async function load(name) {
  const script = import.meta.resolve(`${name}/gatepost.js`)
  // Under another address it is loaded anew.
  const { call, initSync } = await import(`${script}?${(loads += 1)}`)
  initSync({ module: readFileSync(new URL('./gatepost_bg.wasm', script)) })
  return call
}

await run('Node.js, package', process.version, load)
