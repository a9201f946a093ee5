// Judges a repository's workflows with the core module: node judge.mjs gatepost_core.wasm REPOSITORY
// Prints the report as the module wrote it; ends with 0 for allow and warn, 1 for deny, 2 for an error.
import { readdirSync, readFileSync, existsSync } from 'node:fs'
import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'

const EVALUATE = 3
const [modulePath, repository] = process.argv.slice(2)
const { instance } = await WebAssembly.instantiate(readFileSync(modulePath), {})
const { memory, gp_alloc, gp_call, gp_free } = instance.exports

// Bytes in, bytes out. The memory may have grown during a call, so views of it are made anew each time.
function call(operation, request) {
  const at = gp_alloc(request.length) >>> 0
  new Uint8Array(memory.buffer, at, request.length).set(request)
  const packed = BigInt.asUintN(64, gp_call(operation, at, request.length))
  gp_free(at, request.length)
  const [start, length] = [Number(packed >> 32n), Number(packed & 0xffffffffn)]
  const answer = Buffer.from(new Uint8Array(memory.buffer, start, length))
  gp_free(start, length)
  return answer
}

// `GPF1`, the length of the header, the header, and the bytes of all files behind each other.
function frame(header, files) {
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(json.length)
  return Buffer.concat([Buffer.from('GPF1'), length, json, ...files])
}

const wanted = /^\.github\/workflows\/[^/]+\.ya?ml$|(^|\/)action\.ya?ml$/
const all = readdirSync(repository, { recursive: true }).map((path) => path.replaceAll('\\', '/'))
const paths = all.filter((path) => wanted.test(path)).sort()
const bytes = paths.map((path) => readFileSync(join(repository, path)))
let offset = 0
const files = paths.map((path, at) => {
  const { length } = bytes[at]
  offset += length
  const digest = `sha256:${createHash('sha256').update(bytes[at]).digest('hex')}`
  return { path, offset: offset - length, length, digest }
})
// `complete`: what is not among the files is not there, so the module asks for nothing more.
const head = { files, roots: [''], complete: existsSync(join(repository, '.github')) }
const request = { api: 1, head, options: { printKey: randomBytes(32).toString('hex') } }

const answer = JSON.parse(call(EVALUATE, frame(request, bytes)))
if (!answer.ok) {
  console.error(answer.error?.message ?? answer.need)
  process.exit(2)
}
console.log(JSON.stringify(answer.ok))
process.exitCode = ['allow', 'warn'].includes(answer.ok.decision.outcome) ? 0 : 1
