import { MillraceError } from '../model/errors.ts'
import type { StateCells } from '../model/state-cells.ts'
import type { Actor } from './actor.ts'
import { decodeValue } from './coding.ts'
import type { DeclaredState } from './contract.ts'
import type { MessageDeclarations } from './request.ts'
import type { StateDeclarations, StateSnapshot } from './state-declaration.ts'
import { MapSlot } from './state/map-slot.ts'

/**
 * The state of one address as plain values: lists as arrays, maps as Maps in the order of their encoded keys.
 * @param cellsOf answers what is kept under a declared name
 */
export const decodeState = <S extends StateDeclarations, M extends MessageDeclarations>(
  actor: Actor<S, M>,
  cellsOf: (name: string) => StateCells | undefined,
): StateSnapshot<S> => {
  const entries = actor.contract.states.map((declared) => [
    declared.name,
    decodeCells(declared, cellsOf(declared.name)),
  ])
  // The contract's states are those that S declares.
  return Object.fromEntries(entries) as StateSnapshot<S>
}

const decodeCells = (declared: DeclaredState, cells: StateCells | undefined): unknown => {
  const { kind, type, keyType, what, initial } = declared
  if (cells !== undefined && cells.kind !== kind)
    throw new MillraceError('STATE_MISMATCH', `${what} is declared as a ${kind} and kept as a ${cells.kind}`)
  if (kind === 'list') return cells?.kind === 'list' ? cells.items.map((item) => decodeValue(type, item, what)) : []
  if (kind === 'map') {
    const map = new MapSlot(declared, keyType ?? type, cells?.kind === 'map' ? cells : undefined)
    return new Map(map.entries())
  }
  const bytes = cells?.kind === 'value' ? cells.value : initial
  return bytes && decodeValue(type, bytes, what)
}
