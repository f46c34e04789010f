import { MillraceError } from '../../model/errors.ts'
import type { Row } from '../../ports/row-files.ts'
import type { Shard } from '../../shard/shard.ts'
import { CellsReader, type SavedState } from './cells-reader.ts'
import type { FunctionNames } from './function-names.ts'

/** Puts the rows of cells back into a shard whose functions and states are declared. */
export class StateLoader {
  private readonly shard: Shard
  private readonly names: FunctionNames
  private readonly reader = new CellsReader()
  /** Cells of functions that are dropped. */
  dropped = 0

  constructor(shard: Shard, names: FunctionNames) {
    this.shard = shard
    this.names = names
  }

  add(row: Row): void {
    const state = this.reader.add(row)
    if (state) this.load(state)
  }

  /** Call after the last row. */
  end(): void {
    const state = this.reader.end()
    if (state) this.load(state)
  }

  private load({ typename, id, state, valueTypename, expiresAtMs, cells }: SavedState): void {
    const { shard, names } = this
    if (names.isDropped(typename)) {
      this.dropped += cells.kind === 'value' ? 1 : cells.kind === 'list' ? cells.items.length : cells.entries.length
      return
    }
    const table = shard.table(names.as(typename))
    const ordinal = table?.ordinalOf(state) ?? -1
    const declared = table?.states[ordinal]
    if (!table || !declared || declared.kind !== cells.kind || declared.typename !== valueTypename)
      throw corrupt(`a ${cells.kind} ${typename}.${state}, which its description does not have so`)
    const actor = shard.actor(table, id)
    if (actor.view(ordinal)) throw corrupt(`state ${state} of ${typename}/${id} twice`)
    shard.restore(actor, ordinal, cells)
    if (expiresAtMs !== undefined) shard.expireAt(actor, ordinal, expiresAtMs)
  }
}

const corrupt = (what: string): MillraceError => new MillraceError('STORE_CORRUPT', `holds ${what}`)
