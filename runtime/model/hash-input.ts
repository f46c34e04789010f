import { Hash128 } from './hash128.ts'
import { murmur3OfText, murmur3OfWords } from './murmur3.ts'

const ascii = new TextDecoder('latin1')
const oneDigit = Array.from('0123456789')

/** A text that is put together to be hashed, and never made as long as it is short and ASCII, as nearly all are. */
export class HashInput {
  private readonly bytes = new Uint8Array(256)
  private readonly words = new DataView(this.bytes.buffer)
  private length = 0
  /** All of it, where it is not short or not ASCII. */
  private whole: string | undefined

  text(text: string): this {
    const n = text.length
    let i = 0
    if (this.whole === undefined && this.length + n <= this.bytes.length - 16)
      for (; i < n; i++) {
        const code = text.charCodeAt(i)
        if (code > 0x7f) break
        this.bytes[this.length + i] = code
      }
    if (i === n) this.length += n
    else this.whole = (this.whole ?? ascii.decode(this.bytes.subarray(0, this.length))) + text
    return this
  }

  /** A number in decimal digits. */
  number(value: number): this {
    return value >= 0 && value < 10 ? this.text(oneDigit[value]!) : this.text(String(value))
  }

  hash(hash: Hash128): this {
    if (this.whole !== undefined || this.length + 48 > this.bytes.length) return this.text(hash.toString())
    hash.writeTo(this.bytes, this.length)
    this.length += 32
    return this
  }

  /** The hash of what was put in since the last one. */
  murmur3(): Hash128 {
    const { length, whole } = this
    this.length = 0
    this.whole = undefined
    if (whole !== undefined) return new Hash128(murmur3OfText(whole))
    for (let i = length; (i & 15) !== 0; i++) this.bytes[i] = 0
    return new Hash128(murmur3OfWords(this.words, length))
  }
}
