import type { Source } from './lane.ts'

/** Where reading of a partition goes on, and what lay just before, to tell a topic that was deleted and made again. */
export interface Position {
  readonly source: Source
  readonly offset: number
  readonly fingerprint: Fingerprint | undefined
}

/** Of the record at `offset - 1`. */
export interface Fingerprint {
  readonly timestampMs: number
  readonly hash: number
}

const keyOf = (source: Source): string => JSON.stringify([source.ingress, source.topic, source.partition])

/** The positions of all partitions that are read. */
export class Positions {
  private readonly byPartition = new Map<string, Position>()

  all(): Iterable<Position> {
    return this.byPartition.values()
  }

  get(source: Source): Position | undefined {
    return this.byPartition.get(keyOf(source))
  }

  set(position: Position): void {
    this.byPartition.set(keyOf(position.source), position)
  }
}
