import { createHash } from 'node:crypto'
import type { StateCells } from '../../model/state-cells.ts'
import type { RowFiles } from '../../ports/row-files.ts'
import { CellsReader, type SavedState } from './cells-reader.ts'
import type { SavepointDescription } from './description.ts'
import { rowsOf } from './saved-file.ts'
import type { SavepointFolder } from './savepoint-folder.ts'

/** How two savepoints differ in one state of one function. */
export interface StateComparison {
  readonly typename: string
  readonly state: string
  /** Addresses that keep the same. */
  equal: number
  onlyInFirst: number
  onlyInSecond: number
  different: number
  /** The ids of some of those that are not equal. */
  readonly examples: { readonly onlyInFirst: string[]; readonly onlyInSecond: string[]; readonly different: string[] }
}

export interface Compared {
  readonly folder: SavepointFolder
  readonly description: SavepointDescription
}

const examplesMax = 10

/**
 * Compares what two savepoints keep, by function and state. When state expires and how far a list has moved is not
 * compared: two that have processed the same may differ in both. Holds a digest of each state of the first in memory.
 */
export const compareSavepoints = async (
  first: Compared,
  second: Compared,
  format: RowFiles,
): Promise<readonly StateComparison[]> => {
  const comparisons = new Map<string, { comparison: StateComparison; digests: Map<string, string> }>()
  const of = ({ typename, state }: Pick<SavedState, 'typename' | 'state'>) => {
    const key = JSON.stringify([typename, state])
    let found = comparisons.get(key)
    if (!found) comparisons.set(key, (found = { comparison: nothing(typename, state), digests: new Map() }))
    return found
  }
  for (const { description } of [first, second])
    for (const { typename, states } of description.functions)
      for (const { name: state } of states) of({ typename, state })
  for await (const saved of statesOf(first, format)) of(saved).digests.set(saved.id, digestOf(saved.cells))
  for await (const saved of statesOf(second, format)) {
    const { comparison, digests } = of(saved)
    const digest = digests.get(saved.id)
    digests.delete(saved.id)
    if (digest === undefined) count(comparison, 'onlyInSecond', saved.id)
    else if (digest === digestOf(saved.cells)) comparison.equal++
    else count(comparison, 'different', saved.id)
  }
  for (const { comparison, digests } of comparisons.values())
    for (const id of digests.keys()) count(comparison, 'onlyInFirst', id)
  return [...comparisons.values()].map(({ comparison }) => comparison)
}

const nothing = (typename: string, state: string): StateComparison => ({
  typename,
  state,
  equal: 0,
  onlyInFirst: 0,
  onlyInSecond: 0,
  different: 0,
  examples: { onlyInFirst: [], onlyInSecond: [], different: [] },
})

const count = (comparison: StateComparison, how: keyof StateComparison['examples'], id: string): void => {
  comparison[how]++
  if (comparison.examples[how].length < examplesMax) comparison.examples[how].push(id)
}

async function* statesOf({ folder, description }: Compared, format: RowFiles): AsyncGenerator<SavedState> {
  const reader = new CellsReader()
  for (const file of description.files.filter(({ kind }) => kind === 'state'))
    for await (const rows of rowsOf(folder, file, format))
      for (const row of rows) {
        const saved = reader.add(row)
        if (saved) yield saved
      }
  const last = reader.end()
  if (last) yield last
}

/** Of the content alone, entries of a map in the order of their keys. */
const digestOf = (cells: StateCells): string => {
  const hash = createHash('sha256')
  const add = (bytes: Uint8Array): void => {
    hash.update(`${bytes.length}:`)
    hash.update(bytes)
  }
  if (cells.kind === 'value') add(cells.value)
  else if (cells.kind === 'list') cells.items.forEach(add)
  else
    for (const { key, value } of cells.entries.toSorted((a, b) => Buffer.compare(a.key, b.key))) {
      add(key)
      add(value)
    }
  return hash.digest('base64').slice(0, 22)
}
