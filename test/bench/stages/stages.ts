import { row, type Row } from '../row.ts'
import { allocatedBy } from './allocations.ts'
import { cpuOf } from './cpu.ts'
import { decode } from './decode.ts'
import { flowStage } from './flow-stage.ts'
import { handler } from './handler.ts'
import { copyIn, copyOut, copyWindow, eachByte, lookUp, oneObject, setState } from './limits.ts'
import { produce } from './produce.ts'
import { put } from './put.ts'
import type { Stage } from './stage.ts'

/** A record's way, in order. */
const stageTable = {
  decode,
  route: flowStage('route', lookUp),
  lane: flowStage('lane', oneObject),
  encode: flowStage('encode', copyIn),
  handler,
  results: flowStage('results', eachByte),
  apply: flowStage('apply', setState),
  emit: flowStage('emit', copyOut),
  window: flowStage('window', copyWindow),
  put,
  produce,
} satisfies Record<string, Stage>
export type StageName = keyof typeof stageTable
export const isStageName = (name: string): name is StageName => Object.hasOwn(stageTable, name)
export const stageNames = Object.keys(stageTable).filter(isStageName)

/** A request under load, and one of a quiet application. */
const batchSizes = [1_000, 10]
const full = { rounds: 7, events: 100_000, milliseconds: 1_000 }

/** What each stage costs alone: microseconds of CPU an event and, if asked for, bytes allocated. The least is best. */
export const stages = async (
  names: readonly StageName[],
  scale: number,
  { allocations = false }: { readonly allocations?: boolean } = {},
): Promise<Row[]> => {
  const rows: Row[] = []
  const { rounds, events, milliseconds } = full
  for (const name of names)
    for (const batchSize of batchSizes) {
      const stage = await stageTable[name](batchSize)
      try {
        const effort = { rounds, events: events * scale, milliseconds: milliseconds * scale }
        const { work, limit } = await cpuOf(stage, effort)
        const at = `${name}-${batchSize}`
        rows.push(row('stages', at, 'CPU', 'µs/event', work, limit))
        if (allocations) rows.push(row('stages', at, 'allocated', 'bytes/event', await allocatedBy(stage.work)))
      } finally {
        await stage.close?.()
      }
    }
  return rows
}
