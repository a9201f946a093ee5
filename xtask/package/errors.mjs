// What the package throws, and what is left of it then.
import assert from 'node:assert/strict'
import * as gatepost from 'gatepost'

const files = [{ path: '.github/workflows/ci.yml', text: 'on: push\njobs: {}\n' }]
const request = { api: 1, head: { files, roots: [''], complete: true } }
const itself = {}
itself.itself = itself
for (const bad of [itself, { api: 1n }]) {
  assert.throws(() => gatepost.evaluate(bad), { name: 'Error', code: 'bad-request', message: /^the request cannot be written as JSON/ })
}
assert.throws(() => gatepost.evaluate({ api: 2 }), { name: 'Error', code: 'unsupported-version' })

// No memory holds such a request, and what seems that long costs none here.
const { outcome } = gatepost.evaluate(request).decision
assert.throws(() => gatepost.call(3, { length: 2 ** 32 - 1 }), WebAssembly.RuntimeError)
gatepost.restart()
assert.equal(gatepost.evaluate(request).decision.outcome, outcome)
