// What every judge here shares: the request for a folder, and what to do with the answer.
import { existsSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { createHash, randomBytes } from 'node:crypto'
import { join, sep } from 'node:path'

// What the module reads of a repository of GitHub, and as what. Pipelines of GitLab and manifests are not looked for.
const roles = {
  'github-workflow': /^\.github\/workflows\/[^/]*\.ya?ml$/,
  'github-action': /(^|\/)action\.ya?ml$/,
  'github-dependabot': /^\.github\/dependabot\.ya?ml$/,
  'github-codeowners': /^(\.github\/|docs\/)?CODEOWNERS$/,
}

// The header of a request, and the bytes of the files that it speaks of.
export function request(repository) {
  const root = realpathSync(repository)
  const files = [], unread = [], bytes = []
  let offset = 0
  for (const path of [...paths(root, '')].sort()) {
    const role = Object.keys(roles).find((role) => roles[role].test(path))
    if (!role) continue
    const { content, why } = read(root, path)
    if (why) {
      const message = `the file cannot be read: ${why}`
      unread.push({ path, origin: 'unknown', roles: [role], state: 'refused', why: [{ code: 'unreadable', message }] })
      continue
    }
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
    files.push({ path, offset, length: content.length, digest })
    bytes.push(content)
    offset += content.length
  }
  // `complete`: what is not among the files is not there, so the module asks for nothing more.
  const head = { files, unread, roots: [''], complete: existsSync(join(root, '.github')) }
  return { header: { api: 1, head, options: { printKey: randomBytes(32).toString('hex') } }, bytes }
}

// Links are not entered: what they lead to is found where it lies.
function* paths(root, folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder + entry.name
    if (!entry.isDirectory()) yield path
    else if (!['.git', 'node_modules'].includes(entry.name)) yield* paths(root, `${path}/`)
  }
}

// The bytes of a file, or why there are none. What a link leads to outside of the repository is not part of it, nor ours to show.
function read(root, path) {
  let file = ''
  try {
    file = realpathSync(join(root, path))
  } catch {
    // A link to nothing.
  }
  if (!file.startsWith(join(root, sep))) return { why: 'it is a link to something outside of its repository' }
  // A pipe would be waited for.
  return statSync(file).isFile() ? { content: readFileSync(file) } : { why: 'it is not a file' }
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
