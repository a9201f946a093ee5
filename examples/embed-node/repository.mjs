// What every judge here shares: the request for a folder, and what to do with the answer.
import { readdirSync, readFileSync, existsSync } from 'node:fs'
import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'

const wanted = /^\.github\/workflows\/[^/]+\.ya?ml$|(^|\/)action\.ya?ml$/

// The header of a request, and the bytes of the files that it speaks of.
export function request(repository) {
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
  return { header: { api: 1, head, options: { printKey: randomBytes(32).toString('hex') } }, bytes }
}

// `GPF1`, the length of the header, the header, and the bytes of all files behind each other.
export function frame({ header, bytes }) {
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(json.length)
  return Buffer.concat([Buffer.from('GPF1'), length, json, ...bytes])
}

// Prints the report as the module wrote it; ends with 0 for allow and warn, 1 for deny and hold, 2 for an error.
export function finish(report) {
  console.log(JSON.stringify(report))
  process.exitCode = { allow: 0, warn: 0, error: 2 }[report.decision.outcome] ?? 1
}

// Runs a judge, which gets the paths of the module and of the repository and gives the report.
export async function main(judge) {
  try {
    finish(await judge(...process.argv.slice(2)))
  } catch (error) {
    // A file that is not there, a module that is none, a trap: nothing was judged, so 2.
    console.error(`error: ${error.message}`)
    process.exitCode = 2
  }
}

// The report of an answer, or an error.
export function opened(answer) {
  const { ok, need, error } = JSON.parse(Buffer.from(answer))
  if (!ok) throw new Error(error?.message ?? `the module asks for more files: ${JSON.stringify(need)}`)
  return ok
}
