// The core module, ready to answer: a function of an operation's number and a request, bytes in, bytes out.
import { readFileSync } from 'node:fs'

export async function load(path) {
  const { instance } = await WebAssembly.instantiate(readFileSync(path), {})
  const { memory, gp_alloc, gp_call, gp_free } = instance.exports
  return (operation, request) => {
    const at = gp_alloc(request.length) >>> 0
    if (at === 0) throw new Error(`the module has no memory for a request of ${request.length} bytes`)
    // The memory may grow during a call, so views of it are made anew each time.
    new Uint8Array(memory.buffer, at, request.length).set(request)
    const packed = BigInt.asUintN(64, gp_call(operation, at, request.length))
    gp_free(at, request.length)
    const [start, length] = [Number(packed >> 32n), Number(packed & 0xffffffffn)]
    const answer = new Uint8Array(memory.buffer, start, length).slice()
    gp_free(start, length)
    return answer
  }
}
