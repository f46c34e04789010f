import type { RowFiles } from '../../ports/row-files.ts'
import type { Actor, ActorTable } from '../../shard/actor.ts'
import type { ParkedRecord } from '../../shard/journal.ts'
import type { Shard } from '../../shard/shard.ts'
import type { SavepointDescription, SavepointFunction } from './description.ts'
import { fileKinds, type FileKind } from './file-kinds.ts'
import { messageRow } from './message-rows.ts'
import { positionRow } from './position-rows.ts'
import { requestRow } from './request-rows.ts'
import type { SavepointFolder } from './savepoint-folder.ts'
import { SplitFile } from './split-file.ts'
import { stateRows, type ToJson } from './state-rows.ts'
import { timerRow } from './timer-rows.ts'
import { undeliveredRow } from './undelivered-rows.ts'

/** A file is written when it has come to so much. */
const fileBytesMax = 32 << 20

export interface WriterOptions {
  readonly format: RowFiles
  readonly toJson: ToJson
  /** Lets others have a turn: called some thousand rows apart. */
  readonly breathe: () => Promise<void>
  readonly fileBytesMax?: number
}

/** What only the one who writes a savepoint knows of it. */
export type SavepointOrigin = Omit<SavepointDescription, 'format' | 'functions' | 'files' | 'counters'>

type Counts = { -readonly [K in Exclude<keyof SavepointFunction, 'typename' | 'states'>]: SavepointFunction[K] }

const breatheAfterRows = 2_000

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
  private rows = 0

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
    for (const table of part.tables) for (const actor of table.actors.values()) await this.state(actor)
    for (const message of part.openEntries()) {
      this.countsOf(message.actor.table.typename).messages++
      await this.row('messages', messageRow(message))
    }
    for (const delayed of part.timers.all()) {
      this.countsOf(delayed.sender.table.typename).timers++
      await this.row('timers', timerRow(delayed))
    }
    for (const request of part.requests.all()) await this.row('requests', requestRow(request))
    for (const position of part.positions.all()) await this.row('positions', positionRow(position))
    for (const record of part.parked.values()) await this.addUndelivered(record)
  }

  async addUndelivered(record: ParkedRecord): Promise<void> {
    await this.row('undelivered', undeliveredRow(record))
  }

  /** Writes the rest and, last of all, the description. */
  async finish(origin: SavepointOrigin): Promise<SavepointDescription> {
    const files = []
    for (const file of this.files.values()) files.push(...(await file.end()))
    const { name, application, uuid, createdMs, commit, clockMs, maxParallelism } = origin
    const { counters, tables } = this
    const functions = tables.map(({ typename, states }) => ({ typename, states, ...this.countsOf(typename) }))
    const common = { format: 1, name, application, uuid, createdMs, commit, clockMs, maxParallelism } as const
    const description = { ...common, counters, functions, files }
    await this.folder.complete(description)
    return description
  }

  private async state(actor: Actor): Promise<void> {
    let kept = false
    const counts = this.countsOf(actor.table.typename)
    for (const { row, bytes, isCell } of stateRows(actor, this.maxParallelism, this.options.toJson)) {
      kept = true
      counts.bytes += bytes
      if (isCell) counts.cells++
      await this.row('state', row)
    }
    if (kept) counts.addresses++
  }

  private countsOf(typename: string): Counts {
    let counts = this.counts.get(typename)
    if (!counts) this.counts.set(typename, (counts = { addresses: 0, cells: 0, bytes: 0, messages: 0, timers: 0 }))
    return counts
  }

  private async row(kind: FileKind, row: Parameters<SplitFile['add']>[0]): Promise<void> {
    const file = this.files.get(kind)
    if (!file) return
    file.add(row)
    if (file.isFull) await file.next()
    else if (++this.rows % breatheAfterRows === 0) await this.options.breathe()
  }
}
