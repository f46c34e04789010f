import type { Column } from '../../ports/row-files.ts'
import { messageColumns } from './message-rows.ts'
import { positionColumns } from './position-rows.ts'
import { requestColumns } from './request-rows.ts'
import { stateColumns } from './state-rows.ts'
import { stoppedColumns } from './stopped-rows.ts'
import { timerColumns } from './timer-rows.ts'
import { undeliveredColumns } from './undelivered-rows.ts'

/**
 * The kinds of files that a savepoint consists of, beside its description, in the order in which they are loaded. Another
 * kind and another column may be added; a Millrace that does not know them refuses the savepoint instead of losing them.
 */
export const fileColumns = {
  state: stateColumns,
  messages: messageColumns,
  stopped: stoppedColumns,
  timers: timerColumns,
  requests: requestColumns,
  positions: positionColumns,
  undelivered: undeliveredColumns,
} as const satisfies Readonly<Record<string, readonly Column[]>>

export type FileKind = keyof typeof fileColumns

export const isFileKind = (kind: string): kind is FileKind => Object.hasOwn(fileColumns, kind)

export const fileKinds: readonly FileKind[] = Object.keys(fileColumns).filter(isFileKind)
