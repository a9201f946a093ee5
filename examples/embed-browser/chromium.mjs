// The page in Chromium without a window: gives it, its browser and what was served to a function, and ends both.
import { chromium } from 'playwright-core'
import { serve } from './serve.mjs'

export async function inPage(folders, work) {
  const server = await serve(folders)
  // Without the sandbox, which a container does not allow: the page is ours.
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
    const errors = []
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(server.address)
    await page.getByRole('status').filter({ hasNotText: 'loading' }).waitFor()
    const outcome = await work(page, browser)
    if (errors.length > 0) throw new Error(`in the page: ${errors.join('; ')}`)
    return outcome
  } finally {
    await browser.close()
    server.close()
  }
}
