import type { StateCells } from '../model/state-cells.ts'
import type { Actor } from './actor.ts'
import { decodeValue } from './coding.ts'
import type { DeclaredState } from './contract.ts'
import type { MessageDeclarations } from './request.ts'
import type { StateDeclarations, StateSnapshot } from './state-declaration.ts'
import { presentCells } from './present-cells.ts'
import { MapSlot } from './state/map-slot.ts'

/**
 * The state of one address as plain values: lists as arrays, maps as Maps in the order of their encoded keys.
 * What is kept under an older version is upcast.
 * @param cellsOf answers what is kept under a state's key, as `balance` or `balance@2`
 * @param id of the actor, for errors
 */
export const decodeState = <S extends StateDeclarations, M extends MessageDeclarations>(
  actor: Actor<S, M>,
  cellsOf: (key: string) => StateCells | undefined,
  id: string,
): StateSnapshot<S> => {
  const entries = actor.contract.states.map((declared) => [
    declared.name,
    decodeCells(declared, presentCells(declared, cellsOf, id)),
  ])
  // The contract's states are those that S declares.
  return Object.fromEntries(entries) as StateSnapshot<S>
}

const decodeCells = (declared: DeclaredState, cells: StateCells | undefined): unknown => {
  const { kind, type, keyType, what, initial } = declared
  if (kind === 'list') return cells?.kind === 'list' ? cells.items.map((item) => decodeValue(type, item, what)) : []
  if (kind === 'map') {
    const map = new MapSlot(declared, keyType ?? type, cells?.kind === 'map' ? cells : undefined)
    return new Map(map.entries())
  }
  const bytes = cells?.kind === 'value' ? cells.value : initial
  return bytes && decodeValue(type, bytes, what)
}
