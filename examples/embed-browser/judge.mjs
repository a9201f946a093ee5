// Types a workflow into the page and reads what it says, then judges a repository's workflows in the same page:
// node judge.mjs PACKAGE REPOSITORY
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { frame, main, opened, request } from '../embed-node/repository.mjs'
import { inPage } from './chromium.mjs'

// What the page says of a text.
async function typed(page, text) {
  await page.getByRole('textbox').fill(text)
  return page.getByRole('status').textContent()
}

await main((folder, repository) =>
  inPage({ gatepost: folder }, async (page) => {
    const bad = await typed(page, readFileSync(join(repository, '.github/workflows/ci.yml'), 'utf8'))
    const good = await typed(page, 'on: push\npermissions: {}\njobs: {}\n')
    if (!bad.startsWith('deny: ') || good.startsWith('deny: ')) throw new Error(`the page says "${bad}" and "${good}"`)
    const bytes = frame(request(repository)).toString('base64')
    const answer = await page.evaluate(async (bytes) => {
      const { call } = await import('./gatepost/index.js')
      return new TextDecoder().decode(call(3, Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0))))
    }, bytes)
    return opened(answer)
  }))
