import type { OutgoingRecord } from '../model/record.ts'
import { Outbox } from '../log/outbox.ts'
import { Journal } from '../shard/journal.ts'
import type { Shard } from '../shard/shard.ts'

/** Something to do once a window is committed: answer a request, let a reader see state. */
export type AfterCommit = () => void

/** The content of one commit, closed: nothing can be added any more. */
export interface ClosedWindow {
  readonly number: number
  readonly clockMs: number
  readonly journal: Uint8Array
  readonly outbox: Uint8Array
  /** Of the outbox. */
  readonly records: number
  readonly afterCommit: readonly AfterCommit[]
}

/** The window that is being filled. */
export class OpenWindow {
  readonly journal = new Journal()
  private readonly shard: Shard
  private readonly gate: { pass(topic: string): string | undefined } | undefined
  private readonly outbox = new Outbox()
  private afterCommit: AfterCommit[] = []
  /** When the first change came; undefined while there is none. */
  changedMs: number | undefined

  /** @param gate where records go; as they say, unless given */
  constructor(shard: Shard, gate?: { pass(topic: string): string | undefined }) {
    this.shard = shard
    this.gate = gate
    shard.journal = this.journal
  }

  get bytes(): number {
    return this.journal.length + this.outbox.bytes
  }

  /** Someone waits for this window to be committed. */
  get awaited(): boolean {
    return this.afterCommit.length > 0
  }

  get empty(): boolean {
    return this.bytes === 0 && !this.awaited && this.shard.unjournaled === 0
  }

  emit(topic: string, record: OutgoingRecord): void {
    const to = this.gate ? this.gate.pass(topic) : topic
    if (to !== undefined) this.outbox.add(to, record)
  }

  whenCommitted(action: AfterCommit): void {
    this.afterCommit.push(action)
  }

  /** Takes everything out; the window is empty afterwards. */
  close(number: number, clockMs: number): ClosedWindow {
    this.shard.journalArrivals()
    const { count, encoded } = this.outbox.take()
    const { afterCommit } = this
    this.afterCommit = []
    this.changedMs = undefined
    return { number, clockMs, journal: this.journal.take(), outbox: encoded, records: count, afterCommit }
  }
}
