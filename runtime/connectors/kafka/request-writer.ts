/** Writes the body of a request in Kafka's encoding before flexible versions: big-endian, lengths before their bytes. */
export class RequestWriter {
  private buffer: Buffer
  private at = 0

  constructor(capacity = 256) {
    this.buffer = Buffer.allocUnsafe(capacity)
  }

  private reserve(more: number): void {
    const need = this.at + more
    if (need <= this.buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(need, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.at)
    this.buffer = grown
  }

  i8(value: number): this {
    this.reserve(1)
    this.at = this.buffer.writeInt8(value, this.at)
    return this
  }

  i16(value: number): this {
    this.reserve(2)
    this.at = this.buffer.writeInt16BE(value, this.at)
    return this
  }

  i32(value: number): this {
    this.reserve(4)
    this.at = this.buffer.writeInt32BE(value, this.at)
    return this
  }

  i64(value: bigint | number): this {
    this.reserve(8)
    this.at = this.buffer.writeBigInt64BE(BigInt(value), this.at)
    return this
  }

  text(value: string | null): this {
    if (value === null) return this.i16(-1)
    const length = Buffer.byteLength(value)
    this.i16(length)
    this.reserve(length)
    this.at += this.buffer.write(value, this.at)
    return this
  }

  /** A count, then each item by `write`. */
  array<T>(items: readonly T[], write: (item: T) => void): this {
    this.i32(items.length)
    for (const item of items) write(item)
    return this
  }

  get length(): number {
    return this.at
  }

  /** What has been written; the writer is done with it. */
  finish(): Buffer {
    return this.buffer.subarray(0, this.at)
  }
}
