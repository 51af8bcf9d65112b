/** Bytes that grow at the end: what encoders write into. */
export class ByteBuffer {
  bytes: Buffer
  length = 0

  constructor(capacity = 65_536) {
    this.bytes = Buffer.from(new ArrayBuffer(capacity))
  }

  /** Makes room for `count` more bytes; afterwards they may be written straight into `bytes` at `length`. */
  reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.bytes.length) return
    const larger = Buffer.from(new ArrayBuffer(Math.max(needed, this.bytes.length * 2)))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1)
    this.bytes[this.length++] = value
  }

  /** Appends `source[start … end)`. */
  copy(source: Uint8Array, start: number, end: number): void {
    const count = end - start
    this.reserve(count)
    const bytes = this.bytes
    let to = this.length
    if (count <= 32) for (let i = start; i < end; i++) bytes[to++] = source[i]!
    else bytes.set(source.subarray(start, end), to)
    this.length += count
  }

  /** Appends a text of ASCII characters alone. */
  ascii(text: string): void {
    this.reserve(text.length)
    const bytes = this.bytes
    let to = this.length
    if (text.length <= 24) for (let i = 0; i < text.length; i++) bytes[to++] = text.charCodeAt(i)
    else bytes.write(text, to, 'latin1')
    this.length += text.length
  }

  utf8(text: string): void {
    this.reserve(text.length * 3)
    this.length += this.bytes.write(text, this.length, 'utf8')
  }

  /** The bytes so far: a view, valid until the next write. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }
}
