import { MillraceError } from '../../model/errors.ts'
import type { MapCell, StateCells } from '../../model/state-cells.ts'
import type { Row } from '../../ports/row-files.ts'
import { RowReader } from './row-reader.ts'
import { readTypename } from './typename-fields.ts'

/** One state of one address, as its rows have it. */
export interface SavedState {
  readonly typename: string
  readonly id: string
  readonly state: string
  /** The codec of its values. */
  readonly valueTypename: string
  readonly expiresAtMs: number | undefined
  readonly cells: StateCells
}

/** Puts rows together that belong to one state of one address; they follow each other. */
export class CellsReader {
  private open: OpenState | undefined

  /** Answers the state before, where the row begins another. */
  add(given: Row): SavedState | undefined {
    const row = new RowReader(given)
    const typename = readTypename(row)
    const id = row.text('id')
    const state = row.text('state')
    const same = this.open?.typename === typename && this.open.id === id && this.open.state === state
    const before = same ? undefined : this.end()
    this.open ??= {
      typename,
      id,
      state,
      kind: row.text('kind'),
      valueTypename: row.text('typename'),
      expiresAtMs: row.maybeInt('expires_at'),
      head: undefined,
      items: [],
      entries: [],
    }
    addCell(this.open, row)
    return before
  }

  /** The last state. */
  end(): SavedState | undefined {
    const { open } = this
    this.open = undefined
    if (!open) return undefined
    const { typename, id, state, valueTypename, expiresAtMs } = open
    return { typename, id, state, valueTypename, expiresAtMs, cells: cellsOf(open) }
  }
}

interface OpenState extends Omit<SavedState, 'cells'> {
  readonly kind: string
  head: number | undefined
  readonly items: Uint8Array[]
  readonly entries: MapCell[]
}

const addCell = (open: OpenState, row: RowReader): void => {
  if (open.kind === 'map') open.entries.push({ key: row.bytes('map_key'), value: row.bytes('value') })
  else if (open.kind === 'list') addItem(open, row)
  else if (open.kind === 'value' && open.items.length === 0) open.items.push(row.bytes('value'))
  else throw unreadable(open)
}

const addItem = (open: OpenState, row: RowReader): void => {
  const index = row.whole('list_index')
  const item = row.maybeBytes('value')
  if (open.head !== undefined && (item === null || index !== open.head + open.items.length)) throw unreadable(open)
  open.head ??= index
  if (item) open.items.push(item)
}

const cellsOf = ({ kind, head, items, entries }: OpenState): StateCells => {
  if (kind === 'map') return { kind, entries }
  const [value] = items
  return kind === 'value' && value ? { kind, value } : { kind: 'list', head: head ?? 0, items }
}

const unreadable = ({ typename, id, state, kind }: OpenState): MillraceError =>
  new MillraceError('STORE_CORRUPT', `holds rows of ${typename}/${id}.${state} that make no ${kind}`)
