import { MillraceError } from '../model/errors.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import { decodeEntry, encodeSeal, type LogEntry, type Window } from './log-entry.ts'
import type { CheckpointPlace, ManifestLog } from './manifest.ts'
import { entryKey } from './names.ts'

/** How many windows are asked for at once while a log is read. */
const readAhead = 16

/**
 * Reading a log to its end and ending it (rule 18). The end is never inferred from a listing: it is the first number at
 * which a seal could be put, all numbers before it being windows.
 */
export class LogReader {
  private readonly store: ObjectStore
  private readonly clock: Clock
  private readonly uuid: string

  constructor(store: ObjectStore, clock: Clock, uuid: string) {
    this.store = store
    this.clock = clock
    this.uuid = uuid
  }

  async entry(log: string, number: number): Promise<LogEntry | undefined> {
    const key = entryKey(this.uuid, log, number)
    const object = await this.store.get(key)
    return object && decodeEntry(object.bytes, key, log, number)
  }

  /** The windows of a sealed log from `first` on; throws STORE_CORRUPT when one is missing. */
  async *windows(log: string, first: number, sealedAt: number): AsyncGenerator<Window> {
    const ahead: Promise<LogEntry | undefined>[] = []
    for (let number = first; number < sealedAt; number++) {
      for (let next = number + ahead.length; ahead.length < readAhead && next < sealedAt; next++) {
        const reading = this.entry(log, next)
        reading.catch(() => undefined)
        ahead.push(reading)
      }
      const entry = await ahead.shift()
      if (entry?.kind !== 'window')
        throw new MillraceError(
          'STORE_CORRUPT',
          `window ${entryKey(this.uuid, log, number)} is missing, though the log goes on to ${sealedAt}: restore it from a copy of the bucket`,
        )
      yield entry
    }
  }

  /**
   * Ends a log that may have a living owner, and answers the number of its seal. Windows are stepped over from `first` on;
   * an owner that commits faster than this steps is caught by a seal further ahead, below which the gap is then filled down.
   */
  async seal(log: string, first: number, by: string): Promise<number> {
    let number = await this.firstAbsent(log, first)
    for (let ahead = 0; ; ahead = ahead === 0 ? 2 : ahead * 2) {
      const at = number + ahead
      const there = await this.putSeal(log, at, by)
      if (there === 'sealed') return this.fillDown(log, number, at, by)
      number = await this.firstAbsent(log, at + 1)
    }
  }

  /** The first number from `first` on that holds no window: nothing, or a seal. */
  async firstAbsent(log: string, first: number): Promise<number> {
    for (let from = first; ; from += readAhead) {
      const numbers = Array.from({ length: readAhead }, (_, i) => from + i)
      const entries = await Promise.all(numbers.map((number) => this.entry(log, number)))
      const absent = entries.findIndex((entry) => entry?.kind !== 'window')
      if (absent >= 0) return from + absent
    }
  }

  /** Lowers the seal at `sealedAt` to the end of the windows. Below `from` all are windows. */
  private async fillDown(log: string, from: number, sealedAt: number, by: string): Promise<number> {
    let lowest = sealedAt
    for (let number = sealedAt - 1; number >= from; number--) {
      // The owner writes without gaps, so below a window there are only windows.
      if ((await this.putSeal(log, number, by)) === 'window') break
      lowest = number
    }
    return lowest
  }

  private async putSeal(log: string, number: number, by: string): Promise<'sealed' | 'window'> {
    const key = entryKey(this.uuid, log, number)
    const bytes = encodeSeal({ kind: 'seal', log, number, by })
    for (let pause = 20; ; pause = Math.min(pause * 2, 1_000)) {
      const put = await this.store.putIfAbsent(key, bytes)
      if (put.kind === 'ok') return 'sealed'
      if (put.kind === 'conflict') {
        const entry = await this.entry(log, number)
        if (entry) return entry.kind === 'seal' ? 'sealed' : 'window'
      }
      await sleep(this.clock, pause)
    }
  }
}

/** All windows after a checkpoint (or from the very first on), in order, up to the end of the last sealed log. */
export async function* windowsAfter(
  reader: LogReader,
  logs: readonly ManifestLog[],
  checkpoint: CheckpointPlace | undefined,
): AsyncGenerator<Window> {
  const from = checkpoint ? logs.findIndex(({ log }) => log === checkpoint.log) : 0
  for (const { log, sealedAt } of logs.slice(Math.max(0, from)))
    if (sealedAt !== undefined)
      yield* reader.windows(log, checkpoint?.log === log ? checkpoint.number + 1 : 1, sealedAt)
}
