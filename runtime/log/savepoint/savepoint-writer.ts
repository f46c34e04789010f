import { MillraceError } from '../../model/errors.ts'
import type { Row, RowFiles } from '../../ports/row-files.ts'
import type { Actor, ActorTable } from '../../shard/actor.ts'
import type { UndeliveredRecord } from '../../shard/journal.ts'
import type { Shard } from '../../shard/shard.ts'
import type { SavepointDescription, SavepointFunction } from './description.ts'
import { fileKinds, type FileKind } from './file-kinds.ts'
import { messageRow } from './message-rows.ts'
import { positionRow } from './position-rows.ts'
import { requestRow } from './request-rows.ts'
import type { SavepointFolder } from './savepoint-folder.ts'
import { SplitFile } from './split-file.ts'
import { stoppedRows } from './stopped-rows.ts'
import { stateRows, type ToJson } from './state-rows.ts'
import { timerRow } from './timer-rows.ts'
import { undeliveredRow } from './undelivered-rows.ts'

/** A file is written when it has come to so much. */
const fileBytesMax = 32 << 20

export interface WriterOptions {
  readonly format: RowFiles
  readonly toJson: ToJson
  /** Lets others have a turn: called a thousand rows apart. */
  readonly breathe: () => Promise<void>
  readonly fileBytesMax?: number
}

/** What only the one who writes a savepoint knows of it. */
export type SavepointOrigin = Omit<SavepointDescription, 'format' | 'functions' | 'files' | 'counters'>

type Counts = { -readonly [K in Exclude<keyof SavepointFunction, 'typename' | 'states'>]: SavepointFunction[K] }

const breatheAfterRows = 1_000

/**
 * Writes what shards hold as rows. `add` takes the parts of one state: shards that hold some actors each and, together,
 * everything once. All of them declare the same functions in the same order, later ones perhaps more.
 */
export class SavepointWriter {
  private readonly folder: SavepointFolder
  private readonly options: WriterOptions
  private readonly maxParallelism: number
  private readonly files: ReadonlyMap<FileKind, SplitFile>
  private readonly counts = new Map<string, Counts>()
  private tables: readonly ActorTable[] = []
  private counters = { entry: 0, timer: 0 }
  /** Since others had their turn. */
  private rows = 0
  private full: SplitFile | undefined

  constructor(folder: SavepointFolder, maxParallelism: number, options: WriterOptions) {
    this.folder = folder
    this.options = options
    this.maxParallelism = maxParallelism
    const bytesMax = options.fileBytesMax ?? fileBytesMax
    this.files = new Map(fileKinds.map((kind) => [kind, new SplitFile(kind, options.format, folder, bytesMax)]))
  }

  async add(part: Shard): Promise<void> {
    this.tables = part.tables
    const [entry, timer] = part.counters()
    this.counters = { entry: Math.max(entry, this.counters.entry), timer: Math.max(timer, this.counters.timer) }
    for (const table of part.tables)
      for (const actor of part.actorsOf(table)) {
        this.state(actor)
        if (this.isDue) await this.pause()
      }
    for (const { kind, row } of smallRows(part)) {
      this.row(kind, row)
      if (this.isDue) await this.pause()
    }
    for (const { actor } of part.openEntries()) this.countsOf(actor.table.typename).messages++
    for (const { sender } of part.timers.all()) this.countsOf(sender.table.typename).timers++
  }

  async addUndelivered(record: UndeliveredRecord): Promise<void> {
    this.row('undelivered', undeliveredRow(record))
    if (this.isDue) await this.pause()
  }

  /** Writes the rest and, last of all, the description. */
  async finish(origin: SavepointOrigin): Promise<SavepointDescription> {
    const files = []
    for (const file of this.files.values()) files.push(...(await file.end()))
    const { name, application, uuid, createdMs, commit, clockMs, maxParallelism } = origin
    const { counters, tables } = this
    const described = new Set(tables.map(({ typename }) => typename))
    for (const typename of this.counts.keys())
      if (!described.has(typename))
        throw new MillraceError('INTERNAL', `savepoint ${name} holds rows of ${typename}, which it does not describe`)
    const functions = tables.map(({ typename, states }) => ({ typename, states, ...this.countsOf(typename) }))
    const common = { format: 1, name, application, uuid, createdMs, commit, clockMs, maxParallelism } as const
    const description = { ...common, counters, functions, files }
    await this.folder.complete(description)
    return description
  }

  private state(actor: Actor): void {
    let kept = false
    const counts = this.countsOf(actor.table.typename)
    for (const { row, bytes, isCell } of stateRows(actor, this.maxParallelism, this.options.toJson)) {
      kept = true
      counts.bytes += bytes
      if (isCell) counts.cells++
      this.row('state', row)
    }
    if (kept) counts.addresses++
  }

  private countsOf(typename: string): Counts {
    let counts = this.counts.get(typename)
    if (!counts) this.counts.set(typename, (counts = { addresses: 0, cells: 0, bytes: 0, messages: 0, timers: 0 }))
    return counts
  }

  private row(kind: FileKind, row: Row): void {
    const file = this.files.get(kind)
    file?.add(row)
    this.rows++
    if (file?.isFull) this.full = file
  }

  private get isDue(): boolean {
    return this.full !== undefined || this.rows >= breatheAfterRows
  }

  /** Writes what is full, and lets others have their turn. */
  private async pause(): Promise<void> {
    const { full } = this
    this.full = undefined
    this.rows = 0
    await (full ? full.next() : this.options.breathe())
  }
}

function* smallRows(part: Shard): Generator<{ readonly kind: FileKind; readonly row: Row }> {
  for (const { actors } of part.tables)
    for (const { lane } of actors.values())
      for (const message of lane?.messages ?? []) yield { kind: 'messages', row: messageRow(message) }
  for (const row of stoppedRows(part)) yield { kind: 'stopped', row }
  for (const delayed of part.timers.all()) yield { kind: 'timers', row: timerRow(delayed) }
  for (const request of part.requests.all()) yield { kind: 'requests', row: requestRow(request) }
  for (const position of part.positions.all()) yield { kind: 'positions', row: positionRow(position) }
  for (const record of part.undelivered.values()) yield { kind: 'undelivered', row: undeliveredRow(record) }
}
