import type { StateCells } from '../../model/state-cells.ts'
import type { Shard } from '../../shard/shard.ts'

/** One state of one address, as it is kept. */
export interface StoredState {
  readonly typename: string
  readonly id: string
  /** Its key, with the version: `balance@2`. */
  readonly state: string
  /** The codec of its values. */
  readonly valueTypename: string
  /** Of a map's keys, where it is known. */
  readonly keyTypename?: string | undefined
  readonly cells: StateCells
}

/** All that is set in a shard. What has expired is unset. */
export function* storedStates(shard: Shard, nowMs: number): Generator<StoredState> {
  for (const table of shard.tables)
    for (const actor of shard.actorsOf(table))
      for (const [ordinal, { name, typename: valueTypename, keyTypename }] of table.states.entries()) {
        const cells = actor.isSet(ordinal, nowMs) ? actor.cells(ordinal) : undefined
        if (cells) yield { typename: table.typename, id: actor.id, state: name, valueTypename, keyTypename, cells }
      }
}
