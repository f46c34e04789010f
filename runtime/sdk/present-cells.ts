import { MillraceError } from '../model/errors.ts'
import type { CallCells } from '../model/invocation.ts'
import type { StateCells } from '../model/state-cells.ts'
import type { DeclaredState } from './contract.ts'
import { upcastCells } from './upcast.ts'

/**
 * The cells of a state as its present version has them, upcast where they are kept under an older one.
 * @param cellsOf answers what is kept under a key
 */
export const presentCells = (
  declared: DeclaredState,
  cellsOf: (key: string) => StateCells | undefined,
  id: string,
): StateCells | undefined => {
  const present = cellsOf(declared.key)
  if (present !== undefined) return checkKind(declared, present)
  for (const from of declared.older.toReversed()) {
    const cells = cellsOf(from.key)
    if (cells !== undefined) return upcastCells(declared, from, checkKind(declared, cells), id)
  }
  return undefined
}

export const checkKind = <C extends CallCells>({ what, kind }: DeclaredState, cells: C): C => {
  const kept = cells.kind === 'map-part' ? 'map' : cells.kind
  if (kept === kind) return cells
  throw new MillraceError('STATE_MISMATCH', `${what} is declared as a ${kind} and kept as a ${kept}`)
}
