// Types a workflow into the page and reads what it says, then judges a repository's workflows in the same page:
// node judge.mjs PACKAGE REPOSITORY
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { frame, main, opened, request } from '../embed-node/repository.mjs'
import { inPage } from './chromium.mjs'

const good = 'on: push\npermissions: {}\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    steps: [{ run: make test }]\n'

// What the page says of a text.
async function typed(page, text) {
  await page.getByRole('textbox').fill(text)
  return { text: await page.getByRole('status').textContent(), findings: await page.getByRole('list').textContent() }
}

await main((folder, repository) =>
  inPage(new Map([['gatepost', folder]]), async (page) => {
    const bad = await typed(page, readFileSync(join(repository, '.github/workflows/ci.yml'), 'utf8'))
    const fine = await typed(page, good)
    if (!bad.text.startsWith('deny: ') || !bad.findings.includes('unpinned-action') || !fine.text.startsWith('allow: ')) {
      throw new Error(`the page says ${JSON.stringify(bad)} of a bad workflow and ${JSON.stringify(fine)} of a good one`)
    }
    // What throws in the middle of a call must not leave what the page said last, nor end the page.
    await page.evaluate(() => Object.assign(globalThis, { parse: JSON.parse }) && (JSON.parse = () => { throw new Error('no JSON') }))
    const broken = await typed(page, `${good}\n`)
    await page.evaluate(() => (JSON.parse = globalThis.parse) && undefined)
    const mended = await typed(page, good)
    if (broken.text !== 'error: nothing was judged: no JSON' || broken.findings !== '' || !mended.text.startsWith('allow: ')) {
      throw new Error(`the page says ${JSON.stringify(broken)} of an exception, and ${JSON.stringify(mended)} after it`)
    }
    const bytes = frame(request(repository)).toString('base64')
    const answer = await page.evaluate(async (bytes) => {
      const { call } = await import('./gatepost/index.js')
      return new TextDecoder().decode(call(3, Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0))))
    }, bytes)
    return opened(answer)
  }))
