// Answers every case by the component: node conform-jco.mjs component/gatepost_component.js CASES OUT [BENCH]
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readFileSync } from 'node:fs'
import { run } from './measure.mjs'

const names = [, 'inspect', 'decide', 'evaluate', 'describe', 'render', 'show', 'whoCan', 'policy']
const jco = new URL('../package.json', import.meta.resolve('@bytecodealliance/jco'))
let loads = 0

async function load(path) {
  // Under another address it is loaded anew.
  const module = await import(`${pathToFileURL(resolve(path))}?${(loads += 1)}`)
  return (operation, request) => module[names[operation]]?.(request)
}

await run('Node.js, jco', JSON.parse(readFileSync(jco)).version, load)
