// Answers every case by the core module: node conform.mjs MODULE CASES OUT [BENCH]
import { run } from './measure.mjs'
import { load } from './module.mjs'

await run('Node.js', process.version, load)
