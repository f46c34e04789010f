import type { StateCells } from '../../model/state-cells.ts'
import type { Contract, DeclaredState } from '../../sdk/contract.ts'
import { presentCells } from '../../sdk/present-cells.ts'
import type { Type } from '../../sdk/type.ts'

/**
 * One address's state as plain values, each decoded only when it is looked at: a view that shows two numbers of ten thousand
 * actors must not decode their lists and maps.
 */
export const lazyState = (contract: Contract, cellsOf: (key: string) => StateCells | undefined, id: string): object => {
  const state = {}
  for (const declared of contract.states)
    Object.defineProperty(state, declared.name, {
      enumerable: true,
      get: () => decoded(declared, presentCells(declared, cellsOf, id)),
    })
  return state
}

const decoded = ({ kind, type, keyType, initial }: DeclaredState, cells: StateCells | undefined): unknown => {
  if (kind === 'list') return cells?.kind === 'list' ? cells.items.map((item) => type.decode(item)) : []
  if (kind === 'map') return new Map(cells?.kind === 'map' ? cells.entries.map(entryOf(keyType ?? type, type)) : [])
  const bytes = cells?.kind === 'value' ? cells.value : initial
  return bytes && type.decode(bytes)
}

const entryOf =
  (keyType: Type<unknown>, type: Type<unknown>) =>
  ({ key, value }: { key: Uint8Array; value: Uint8Array }) =>
    [keyType.decode(key), type.decode(value)] as const
