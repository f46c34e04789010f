import type { Spread } from '../../model/key-group.ts'
import type { Row, RowFiles } from '../../ports/row-files.ts'
import { Shard } from '../../shard/shard.ts'
import type { SavepointDescription } from './description.ts'
import { fileKinds, type FileKind } from './file-kinds.ts'
import { FunctionNames } from './function-names.ts'
import { loadMessage } from './message-rows.ts'
import { Sources } from './origin-fields.ts'
import { readPosition } from './position-rows.ts'
import { loadRequest } from './request-rows.ts'
import { naming, rowsOf } from './saved-file.ts'
import type { SavepointFolder } from './savepoint-folder.ts'
import { loadStopped } from './stopped-rows.ts'
import { StateLoader } from './state-loader.ts'
import { loadTimer } from './timer-rows.ts'
import { readUndelivered } from './undelivered-rows.ts'

/** What was left out because its function was. */
export interface Dropped {
  cells: number
  messages: number
  timers: number
  /** Idempotency keys. */
  requests: number
  /** Replies that others wait for and will not get. */
  replies: number
}

export interface Loaded {
  readonly shard: Shard
  readonly dropped: Dropped
}

/**
 * Makes the state that a savepoint holds, under the names that its functions have now, spread as its new application is. Every file is checked against its
 * checksum before a row of it counts. Throws STORE_CORRUPT naming the file.
 */
export const loadSavepoint = async (
  folder: SavepointFolder,
  description: SavepointDescription,
  format: RowFiles,
  names: FunctionNames = new FunctionNames(),
  positions: 'keep' | 'forget' = 'keep',
  spread?: Spread,
): Promise<Loaded> => {
  const shard = new Shard(spread)
  for (const { typename, states } of description.functions) {
    if (names.isDropped(typename)) continue
    const table = shard.declareFunction(names.as(typename))
    for (const state of states) shard.declareState(table, state)
  }
  shard.restoreCounters(description.counters.entry, description.counters.timer)
  const dropped: Dropped = { cells: 0, messages: 0, timers: 0, requests: 0, replies: 0 }
  const loaders = loadersOf(shard, names, positions, dropped)
  for (const kind of fileKinds) {
    for (const file of description.files.filter((each) => each.kind === kind))
      for await (const rows of rowsOf(folder, file, format))
        within(`${folder.place}/${file.name}`, () => rows.forEach(loaders[kind].add))
    within(folder.place, () => loaders[kind].end())
  }
  return { shard, dropped }
}

interface Loader {
  readonly add: (row: Row) => void
  readonly end: () => void
}

const loadersOf = (
  shard: Shard,
  names: FunctionNames,
  positions: 'keep' | 'forget',
  dropped: Dropped,
): Readonly<Record<FileKind, Loader>> => {
  const state = new StateLoader(shard, names)
  const sources = new Sources()
  const each = (add: (row: Row) => void): Loader => ({ add, end: () => undefined })
  return {
    state: {
      add: (row) => state.add(row),
      end: () => {
        state.end()
        dropped.cells = state.dropped
      },
    },
    messages: each((row) => {
      const left = loadMessage(row, shard, names, sources)
      if (left) dropped.messages++
      if (left?.owesReply) dropped.replies++
    }),
    stopped: each((row) => loadStopped(row, shard, names)),
    timers: each((row) => {
      if (!loadTimer(row, shard, names, sources)) dropped.timers++
    }),
    requests: each((row) => {
      if (!loadRequest(row, shard, names)) dropped.requests++
    }),
    positions: each((row) => {
      const position = readPosition(row, sources)
      if (positions === 'keep') shard.moveTo(position)
    }),
    undelivered: each((row) => shard.keepUndelivered(readUndelivered(row))),
  }
}

const within = <T>(where: string, act: () => T): T => {
  try {
    return act()
  } catch (error) {
    throw naming(where, error)
  }
}
