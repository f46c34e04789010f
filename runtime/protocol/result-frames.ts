import type { CallResult } from '../model/invocation.ts'
import { writeResult } from './batch-result.ts'
import { WireWriter } from './wire-writer.ts'

/** The answer's writer: collects results, each behind its length, until they are taken as one chunk. */
export class ResultFrames {
  private readonly writer = new WireWriter(4096)

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.writer.length
  }

  /** Adds a result; the answer is its own size in bytes. */
  append(result: CallResult): number {
    const start = this.writer.frame()
    writeResult(this.writer, result)
    const length = this.writer.length - start
    this.writer.end(start)
    return length
  }

  /** Takes back all that was added since the frames had `length` bytes. */
  cutTo(length: number): void {
    this.writer.length = length
  }

  /** A copy of what waits, which then waits no longer. */
  take(): Uint8Array {
    const bytes = this.writer.copy()
    this.writer.reset()
    return bytes
  }
}
