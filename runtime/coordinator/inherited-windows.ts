import type { PublishableWindow } from '../log/producer-session.ts'
import { readOutbox } from '../log/outbox.ts'
import type { WindowSource } from '../log/publisher.ts'
import type { LogReader } from '../log/take-over.ts'

const transactionBytesMax = 4 << 20
const transactionWindowsMax = 64

/** The windows of a log whose owner is gone, read from the bucket. */
export class InheritedWindows implements WindowSource {
  private readonly reader: LogReader
  private readonly log: string
  readonly last: number
  whenExpected: (() => void) | undefined

  /** `sealedAt` is the number of the log's seal. */
  constructor(reader: LogReader, log: string, sealedAt: number) {
    this.reader = reader
    this.log = log
    this.last = sealedAt - 1
  }

  /** All are there. */
  expected(): undefined {}

  async next(after: number): Promise<readonly PublishableWindow[]> {
    const windows: PublishableWindow[] = []
    const end = Math.min(this.last, after + transactionWindowsMax) + 1
    let bytes = 0
    for await (const { number, clockMs, outbox } of this.reader.windows(this.log, after + 1, end)) {
      windows.push({ number, clockMs, records: readOutbox(outbox) })
      bytes += outbox.length
      if (bytes > transactionBytesMax) break
    }
    return windows
  }
}
