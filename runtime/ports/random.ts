export interface Random {
  /** From 0 up to, and without, 1. */
  next(): number
  bytes(length: number): Uint8Array
}

const idBytes = 16
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const idOf = (bytes: Uint8Array, at: number): string => {
  let id = ''
  for (let i = at; i < at + idBytes; i++) id += hex[bytes[i]!]!
  return id
}

/** A random id of 128 bits as 32 hexadecimal digits. */
export const randomId = (random: Random): string => idOf(random.bytes(idBytes), 0)

const idsAtOnce = 256

/**
 * Such ids, many at a draw, since a draw costs much more than its bytes. Not for what tells the clones of a process apart:
 * they would go on with the same ones.
 */
export class RandomIds {
  private readonly random: Random
  private bytes: Uint8Array = new Uint8Array(0)
  private at = 0

  constructor(random: Random) {
    this.random = random
  }

  next(): string {
    if (this.at === this.bytes.length) {
      this.bytes = this.random.bytes(idsAtOnce * idBytes)
      this.at = 0
    }
    this.at += idBytes
    return idOf(this.bytes, this.at - idBytes)
  }
}
