// Every case through one warm instance, and times: what the drivers for conformance share.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// `load` gives a function of an operation's number and a request, for the path of a module.
export async function run(host, version, load) {
  const [module, cases, out, bench] = process.argv.slice(2)
  answerAll(await load(module), cases, out)
  if (!bench) return
  const question = readFileSync(bench)
  let begun = performance.now()
  const call = await load(module)
  const loadMs = performance.now() - begun
  const [firstMs, ...others] = Array.from({ length: 11 }, () => {
    begun = performance.now()
    call(3, question)
    return performance.now() - begun
  })
  console.log(JSON.stringify({ host, version, loadMs, firstMs, steadyMs: Math.min(...others) }))
}

function answerAll(call, cases, out) {
  mkdirSync(out, { recursive: true })
  for (const file of readdirSync(cases).sort()) {
    const [, name, operation] = /^(.+)\.(\d+)\.request$/.exec(file) ?? []
    if (!name) continue
    try {
      const answer = call(Number(operation), readFileSync(join(cases, file)))
      // By name, an operation that has none cannot be asked for.
      if (answer) writeFileSync(join(out, `${name}.answer`), answer)
    } catch (error) {
      console.error(`error: ${name}: ${error.message}`)
      process.exit(1)
    }
  }
}
