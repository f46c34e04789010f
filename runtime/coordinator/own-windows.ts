import { readOutbox } from '../log/outbox.ts'
import type { PublishableWindow } from '../log/producer-session.ts'
import type { WindowSource } from '../log/publisher.ts'

/** A window with its records encoded. */
interface EncodedWindow {
  readonly number: number
  readonly clockMs: number
  readonly outbox: Uint8Array
}

const transactionBytesMax = 4 << 20

/**
 * The committed windows of the own log that wait to be published, in memory. Windows without records are passed over,
 * until a mark is asked for: the log can only be trimmed as far as the marker has come.
 */
export class OwnWindows implements WindowSource {
  private windows: EncodedWindow[] = []
  private markWanted = 0
  private closed = false
  private wake: (() => void) | undefined
  private lastClockMs = 0
  last = 0
  bytes = 0
  whenExpected: (() => void) | undefined
  /** It has been closed, and its commit is under way. */
  private underWay: EncodedWindow | undefined

  get count(): number {
    return this.windows.length
  }

  /** This window has been closed; its commit is under way. */
  announced(window: EncodedWindow): void {
    if (window.outbox.length === 0) return
    this.underWay = window
    this.whenExpected?.()
  }

  expected(after: number): PublishableWindow | undefined {
    const { underWay } = this
    return underWay && !this.windows.some(({ number }) => number > after) ? publishable(underWay) : undefined
  }

  committed({ number, clockMs, outbox }: EncodedWindow): void {
    this.underWay = undefined
    this.last = number
    this.lastClockMs = clockMs
    if (outbox.length > 0) {
      this.windows.push({ number, clockMs, outbox })
      this.bytes += outbox.length
    }
    this.look()
  }

  /** Asks for a marker at `number` or beyond, though there may be nothing to publish; that window may be yet to come. */
  wantMark(number: number): void {
    this.markWanted = Math.max(this.markWanted, number)
    this.look()
  }

  /** What is there is still handed out; then the source ends. */
  close(): void {
    this.closed = true
    this.look()
  }

  /** Everything up to `number` is published. */
  published(number: number): void {
    const kept = this.windows.findIndex((window) => window.number > number)
    const gone = kept < 0 ? this.windows.splice(0) : this.windows.splice(0, kept)
    for (const { outbox } of gone) this.bytes -= outbox.length
  }

  async next(after: number): Promise<readonly PublishableWindow[]> {
    for (;;) {
      this.published(after)
      const some = this.some()
      if (some.length > 0) return some
      if (this.markWanted > after && this.last >= this.markWanted) return [this.blank()]
      if (this.closed) return []
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
  }

  private some(): readonly PublishableWindow[] {
    let bytes = 0
    const end = this.windows.findIndex(({ outbox }) => (bytes += outbox.length) > transactionBytesMax)
    const some = end < 0 ? this.windows : this.windows.slice(0, Math.max(1, end))
    return some.map(publishable)
  }

  private blank(): PublishableWindow {
    return { number: this.last, clockMs: this.lastClockMs, records: [] }
  }

  private look(): void {
    this.wake?.()
    this.wake = undefined
  }
}

const publishable = ({ number, clockMs, outbox }: EncodedWindow): PublishableWindow => {
  return { number, clockMs, records: readOutbox(outbox) }
}
