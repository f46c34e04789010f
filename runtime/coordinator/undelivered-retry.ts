import type { UndeliveredRecord } from '../shard/journal.ts'
import type { Shard } from '../shard/shard.ts'
import type { OpenWindow } from './open-window.ts'

/** Someone has mended what a topic refused, and wants its undeliverable records to be written after all. */
export interface UndeliveredRetry {
  /** Undefined: those of all topics. */
  readonly topic: string | undefined
  /** Those that are left of the ones that were kept when it was asked for. Undefined at the beginning. */
  readonly left: readonly UndeliveredRecord[] | undefined
  readonly retried: number
  /** Called once all of it is committed. */
  readonly done: (retried: number) => void
}

/** What a retry has to do with. */
export interface RetryStages {
  readonly shard: Shard
  readonly window: OpenWindow
  /** Whether the marker has passed the window of a place for good. */
  readonly checkpoints: { isPublished(place: UndeliveredRecord['place']): boolean }
}

/**
 * Puts undeliverable records into the open window's outbox and forgets them there, in the same window: both hold or
 * neither. Only those whose own window is published: until then whoever takes over publishes that window anew, and would
 * write again what is not kept any more (rule 17). What does not fit into one window goes `on` after its commit; a record
 * that is refused again is kept under its new place, so a retry ends.
 */
export const retryUndelivered = (
  retry: UndeliveredRetry,
  { shard, window, checkpoints }: RetryStages,
  windowBytesMax: number,
  on: (rest: UndeliveredRetry) => void,
): void => {
  const { topic, done } = retry
  const wanted = (record: UndeliveredRecord): boolean =>
    (topic === undefined || record.topic === topic) && checkpoints.isPublished(record.place)
  const left = retry.left ?? [...shard.undelivered.values()].filter(wanted)
  let { retried } = retry
  let taken = 0
  for (const record of left) {
    if (taken > 0 && window.bytes >= windowBytesMax) break
    taken++
    // Another retry may have come first.
    if (!shard.forgetUndelivered(record.place)) continue
    const { key, value, headers, timestampMs } = record
    window.emit(record.topic, { key, value, headers, timestampMs })
    retried++
  }
  if (left.length === 0) return done(retried)
  const rest = left.slice(taken)
  window.whenCommitted(() => (rest.length === 0 ? done(retried) : on({ topic, left: rest, retried, done })))
}
