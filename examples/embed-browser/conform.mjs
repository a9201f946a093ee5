// Answers every case in a page: node conform.mjs PACKAGE CASES OUT [BENCH]
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { inPage } from './chromium.mjs'

const [folder, cases, out, bench] = process.argv.slice(2)
const folders = new Map([['gatepost', folder], ['cases', cases], ['bench', dirname(bench ?? cases)]])

// In the page: asks for a case, and gives the answer in base64, which is what can leave it.
async function answer({ url, operation }) {
  const { call } = await import('./gatepost/index.js')
  const bytes = call(operation, new Uint8Array(await (await fetch(url)).arrayBuffer()))
  const read = new FileReader()
  const done = new Promise((loaded) => read.addEventListener('load', loaded))
  read.readAsDataURL(new Blob([bytes]))
  await done
  return read.result.split(',')[1] ?? ''
}

// In the page: loads the module anew, and calls it.
async function measure(url) {
  const request = new Uint8Array(await (await fetch(url)).arrayBuffer())
  let begun = performance.now()
  // Under another address the script is loaded anew; the module is fetched and compiled by its initialisation.
  const { call, default: init } = await import('./gatepost/gatepost.js?anew')
  await init({ module_or_path: './gatepost/gatepost_bg.wasm?anew' })
  const loadMs = performance.now() - begun
  const [firstMs, ...others] = Array.from({ length: 11 }, () => {
    begun = performance.now()
    call(3, request)
    return performance.now() - begun
  })
  return { loadMs, firstMs, steadyMs: Math.min(...others) }
}

mkdirSync(out, { recursive: true })
await inPage(folders, async (page, browser) => {
  for (const file of readdirSync(cases).sort()) {
    const [, name, operation] = /^(.+)\.(\d+)\.request$/.exec(file) ?? []
    if (!name) continue
    try {
      const base64 = await page.evaluate(answer, { url: `./cases/${encodeURIComponent(file)}`, operation: Number(operation) })
      writeFileSync(join(out, `${name}.answer`), Buffer.from(base64, 'base64'))
    } catch (error) {
      console.error(`error: ${name}: ${error.message}`)
      process.exitCode = 1
      return
    }
  }
  if (!bench) return
  const times = await page.evaluate(measure, `./bench/${encodeURIComponent(basename(bench))}`)
  console.log(JSON.stringify({ host: 'Chromium', version: browser.version(), ...times }))
})
