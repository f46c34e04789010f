import type { ByteWriter } from './bytes.ts'

const digits = new Uint8Array(32)

/** The 128 bits of a hash. It is text, 32 hexadecimal digits, only for those who read it: most are only written somewhere. */
export class Hash128 {
  private readonly a: number
  private readonly b: number
  private readonly c: number
  private readonly d: number

  /** @param words as murmur3 answers them */
  constructor(words: Int32Array) {
    this.a = words[0]!
    this.b = words[1]!
    this.c = words[2]!
    this.d = words[3]!
  }

  /** Writes the 32 digits as ASCII. */
  writeTo(bytes: Uint8Array, at: number): void {
    writeHex(this.a, bytes, at)
    writeHex(this.b, bytes, at + 8)
    writeHex(this.c, bytes, at + 16)
    writeHex(this.d, bytes, at + 24)
  }

  /** Writes its text as `out.text` would. */
  writeText(out: ByteWriter): void {
    out.reserve(33)
    out.bytes[out.length] = digits.length
    this.writeTo(out.bytes, out.length + 1)
    out.length += 33
  }

  toString(): string {
    this.writeTo(digits, 0)
    return String.fromCharCode(...digits)
  }
}

const writeHex = (h: number, bytes: Uint8Array, at: number): void => {
  for (let i = 7; i >= 0; i--, h >>>= 4) {
    const digit = h & 15
    bytes[at + i] = digit < 10 ? 48 + digit : 87 + digit
  }
}
