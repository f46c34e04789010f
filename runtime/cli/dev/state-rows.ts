import type { Shard } from '../../shard/shard.ts'
import { lazyState } from './lazy-state.ts'
import type { StatesPart } from './options.ts'

/** A table as it is shown. */
export interface ShownTable {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Addresses that are looked at, so that a look does not hold the coordinator's loop. */
const addressesMax = 10_000

/** The first rows of an actor's states, by the part's own order. */
export const stateRows = (part: StatesPart, shard: Shard): ShownTable => {
  const table = shard.table(part.actor.typename)
  if (!table) return { head: [], rows: [] }
  const found: { id: string; state: never; by: number }[] = []
  for (const actor of shard.actorsOf(table)) {
    const { id } = actor
    if (found.length === addressesMax) break
    const cellsOf = (key: string) => actor.cells(table.ordinalOf(key))
    // The application file's functions know what the actor's contract declares.
    const state = lazyState(part.actor.contract, cellsOf, id) as never
    found.push({ id, state, by: part.by(state) })
  }
  const first = found.sort((a, b) => b.by - a.by).slice(0, part.rows)
  const shown = first.map(({ id, state }) => part.columns(state, id))
  return {
    head: Object.keys(shown[0] ?? {}),
    rows: shown.map((row) => Object.values(row).map((cell) => textOf(cell))),
  }
}

const textOf = (cell: unknown): string =>
  typeof cell === 'number' ? cell.toLocaleString('en-US', { maximumFractionDigits: 1 }) : String(cell ?? '')
