import type { UndeliveredRecord } from './journal.ts'

type Place = UndeliveredRecord['place']

const keyOf = ({ log, window, index }: Place): string => JSON.stringify([log, window, index])

/** Egress records that cannot be written, each known by its place. */
export class UndeliveredRecords {
  private readonly byPlace = new Map<string, UndeliveredRecord>()

  get size(): number {
    return this.byPlace.size
  }

  values(): Iterable<UndeliveredRecord> {
    return this.byPlace.values()
  }

  has(place: Place): boolean {
    return this.byPlace.has(keyOf(place))
  }

  keep(record: UndeliveredRecord): void {
    this.byPlace.set(keyOf(record.place), record)
  }

  forget(place: Place): boolean {
    return this.byPlace.delete(keyOf(place))
  }
}
