import { ByteWriter } from '../model/bytes.ts'
import { MillraceError } from '../model/errors.ts'
import type { CallResult } from '../model/invocation.ts'
import { defaultLimits } from '../model/limits.ts'
import { readResult } from './batch-result.ts'
import { malformed, WireReader } from './wire-reader.ts'

/**
 * Reads an answer as it arrives, in pieces of any size. State and records in a result are views of a piece, to be taken in
 * before the next; payloads of sends and replies, which may be kept for long, are copies.
 * The endpoint is not trusted: every error is a MillraceError ENDPOINT_PROTOCOL, and results read before it are good.
 */
export class ResultReader {
  private readonly resultBytesMax: number
  /** The start of a frame whose rest has not come. */
  private readonly rest = new ByteWriter(1024)
  /** Where the frame ends that `frameAt` looked at. */
  private frameEnd = 0

  constructor(resultBytesMax: number = defaultLimits.resultBytesMax) {
    this.resultBytesMax = resultBytesMax
  }

  push(bytes: Uint8Array, onResult: (result: CallResult) => void): void {
    let from = 0
    while (this.rest.length > 0 && from < bytes.length) {
      // Takes up what is missing of the begun frame, byte by byte while its length is not known.
      const missing = this.missing()
      const more = Math.min(missing, bytes.length - from)
      this.rest.raw(bytes.subarray(from, from + more))
      from += more
      if (more < missing || this.missing() > 0) continue
      this.readFrames(this.rest.copy(), onResult)
      this.rest.reset()
    }
    const read = from < bytes.length ? this.readFrames(bytes.subarray(from), onResult) : 0
    if (from + read < bytes.length) this.rest.raw(bytes.subarray(from + read))
  }

  /** Call when the answer has ended. Throws where it was cut off inside a result. */
  finish(): void {
    if (this.rest.length > 0)
      throw new MillraceError(
        'ENDPOINT_PROTOCOL',
        `the answer ends within a result, after ${this.rest.length} bytes of it`,
      )
  }

  private missing(): number {
    const start = this.frameAt(this.rest.bytes, 0, this.rest.length)
    return start < 0 ? 1 : this.frameEnd - this.rest.length
  }

  /** Reads the frames that are whole; answers how many bytes they take. */
  private readFrames(bytes: Uint8Array, onResult: (result: CallResult) => void): number {
    const reader = new WireReader(bytes)
    let read = 0
    for (;;) {
      const start = this.frameAt(bytes, read, bytes.length)
      const { frameEnd } = this
      if (start < 0 || frameEnd > bytes.length) return read
      reader.position = start
      reader.elements = 0
      const result = readResult(reader, frameEnd)
      read = frameEnd
      onResult(result)
    }
  }

  /** Where the result of the frame at `at` begins, which ends at `frameEnd`; -1 while its length is not all there. */
  private frameAt(bytes: Uint8Array, at: number, end: number): number {
    let length = 0
    for (let i = 0; at + i < end; i++) {
      if (i === 5) throw malformed('the length of a result takes more than 5 bytes')
      const byte = bytes[at + i]!
      length += (byte & 0x7f) * 2 ** (7 * i)
      if (byte > 0x7f) continue
      if (length > this.resultBytesMax)
        throw malformed(`a result of ${length} bytes; allowed are ${this.resultBytesMax} (limit resultBytesMax)`)
      this.frameEnd = at + i + 1 + length
      return at + i + 1
    }
    return -1
  }
}
