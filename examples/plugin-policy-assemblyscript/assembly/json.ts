// As much JSON as the header of a request takes: it is well formed, since Gatepost writes it.

export class File {
  // As it stands in the header, between its quotes.
  path: string = '""'
  offset: u32 = 0
  length: u32 = 0
}

export class Json {
  private at: i32 = 0
  constructor(private text: string) {}

  // What stands in `head.files`.
  files(): File[] {
    const files: File[] = []
    while (this.nextKey()) {
      if (this.key() != '"head"') {
        this.skip()
        continue
      }
      while (this.nextKey()) {
        if (this.key() != '"files"') {
          this.skip()
          continue
        }
        while (this.nextItem()) files.push(this.file())
      }
    }
    return files
  }

  private file(): File {
    const file = new File()
    while (this.nextKey()) {
      const key = this.key()
      const value = this.skip()
      if (key == '"path"') file.path = value
      else if (key == '"offset"') file.offset = U32.parseInt(value)
      else if (key == '"length"') file.length = U32.parseInt(value)
    }
    return file
  }

  // Goes to the next key of an object; false at its end.
  private nextKey(): bool {
    return this.next(123, 125)
  }

  private nextItem(): bool {
    return this.next(91, 93)
  }

  private next(open: i32, close: i32): bool {
    for (; this.at < this.text.length; this.at++) {
      const code = this.text.charCodeAt(this.at)
      if (code == close) {
        this.at++
        return false
      }
      if (code != open && code != 44 && code > 32) return true
      if (code == open && this.opens(close)) return true
    }
    return false
  }

  // Steps into what is opened here; false where it is empty, which `next` then sees.
  private opens(close: i32): bool {
    let at = this.at + 1
    while (this.text.charCodeAt(at) <= 32) at++
    const empty = this.text.charCodeAt(at) == close
    this.at = empty ? at - 1 : at
    return !empty
  }

  private key(): string {
    const key = this.skip()
    while (this.text.charCodeAt(this.at) <= 32 || this.text.charCodeAt(this.at) == 58) this.at++
    return key
  }

  // Goes behind a value, and gives its text.
  private skip(): string {
    const start = this.at
    let depth = 0
    let quoted = false
    for (; this.at < this.text.length; this.at++) {
      const code = this.text.charCodeAt(this.at)
      if (quoted) {
        if (code == 92) this.at++
        else if (code == 34) {
          quoted = false
          if (depth == 0) return this.text.substring(start, ++this.at)
        }
      } else if (code == 34) quoted = true
      else if (code == 123 || code == 91) depth++
      else if (code == 125 || code == 93) {
        if (depth == 0) break
        if (--depth == 0) return this.text.substring(start, ++this.at)
      } else if (depth == 0 && (code == 44 || code <= 32)) break
    }
    return this.text.substring(start, this.at)
  }
}
