// Serves the page, and the package for npm below /gatepost: node serve.mjs PACKAGE
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' }
const here = fileURLToPath(new URL('.', import.meta.url))

// A map of folders by the names that they have on the server; the page itself needs none. Only this machine can ask.
export async function serve(folders, port = 0) {
  const server = createServer(async ({ url }, response) => {
    try {
      const path = normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname))
      const [, name, ...rest] = path.split('/')
      const file = path === '/' ? join(here, 'index.html') : join(folders.get(name), ...rest)
      const bytes = await readFile(file)
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(bytes)
    } catch {
      // No such folder, no such file, no such address.
      response.writeHead(404).end()
    }
  })
  await new Promise((listening) => server.listen(port, '127.0.0.1', listening))
  return { address: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { address } = await serve(new Map([['gatepost', process.argv[2]]]), 8080)
  console.log(address)
}
