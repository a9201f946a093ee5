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
    page.on('pageerror', (error) => console.error(`error: in the page: ${error.message}`))
    await page.goto(server.address)
    await page.getByRole('status').filter({ hasNotText: 'loading' }).waitFor()
    return await work(page, browser)
  } finally {
    await browser.close()
    server.close()
  }
}
