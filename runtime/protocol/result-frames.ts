import type { CallResult } from '../model/invocation.ts'
import { noBytes } from '../model/bytes.ts'
import { writeResult } from './batch-result.ts'
import { WireWriter } from './wire-writer.ts'

/** One that nobody uses: to grow another for each answer costs more than a copy of the answer. */
let spare: WireWriter | undefined

/** The answer's writer: collects results, each behind its length, until they are taken as one chunk. */
export class ResultFrames {
  private writer: WireWriter | undefined

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.writer?.length ?? 0
  }

  append(result: CallResult): void {
    const writer = (this.writer ??= freeWriter())
    const start = writer.frame()
    writeResult(writer, result)
    writer.end(start)
  }

  /** A copy of what waits, which then waits no longer. */
  take(): Uint8Array {
    const { writer } = this
    if (writer === undefined) return noBytes
    this.writer = undefined
    const bytes = writer.copy()
    spare = writer.reset()
    return bytes
  }
}

const freeWriter = (): WireWriter => {
  const writer = spare ?? new WireWriter(4096)
  spare = undefined
  return writer
}
