// A policy of its own for Gatepost, without a line of Rust: pipelines do not call `sudo`.
import { Json } from './json'

const EVALUATE: u32 = 3
const WORD = 'sudo '

export function gp_abi_version(): u32 {
  return 1
}

export function gp_alloc(length: u32): usize {
  return heap.alloc(length)
}

export function gp_free(pointer: usize, length: u32): void {
  heap.free(pointer)
}

// The answer's address in the upper and its length in the lower 32 bits.
export function gp_call(operation: u32, pointer: usize, length: u32): u64 {
  const answer = operation == EVALUATE ? evaluate(pointer, length) : '{"error":{"code":"unknown-operation","message":"this policy only evaluates"}}'
  const bytes = String.UTF8.encode(answer)
  return ((changetype<usize>(bytes) as u64) << 32) | (bytes.byteLength as u64)
}

// `GPF1`, the length of the header, the header in JSON, and the bytes of the files.
function evaluate(pointer: usize, length: u32): string {
  if (length < 8 || load<u32>(pointer) != 0x31465047) return '{"error":{"code":"bad-frame","message":"this policy takes frames"}}'
  const header = load<u32>(pointer + 4)
  const tail = pointer + 8 + header
  const files = new Json(String.UTF8.decodeUnsafe(pointer + 8, header)).files()
  const found: string[] = []
  for (let i = 0; i < files.length; i++) {
    const file = files[i]
    for (let at: u32 = 0; at + (WORD.length as u32) <= file.length; at++) {
      if (begins(tail + file.offset, at)) found.push(finding(file.path, at))
    }
  }
  return '{"ok":{"findings":[' + found.join(',') + ']}}'
}

// Whether the word begins here, and is no end of another one.
function begins(file: usize, at: u32): bool {
  for (let i = 0; i < WORD.length; i++) {
    if (load<u8>(file + at + i) != (WORD.charCodeAt(i) as u8)) return false
  }
  return at == 0 || !isLetter(load<u8>(file + at - 1))
}

function isLetter(byte: u8): bool {
  return (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || byte == 95 || byte == 45 || byte == 47
}

function finding(path: string, at: u32): string {
  const span = `{"start":${at},"end":${at + (WORD.length as u32) - 1}}`
  const said = '"message":"this job becomes root by sudo","help":"run what needs root in a container of its own"'
  return `{"rule":"no-sudo","severity":"medium","confidence":"medium",${said},"location":{"path":${path},"span":${span}}}`
}
