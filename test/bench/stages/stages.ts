import type { RunOptions, Workload } from '../parts/bench.ts'
import { row, type Row } from '../row.ts'
import { allocatedBy } from './allocations.ts'
import { cpuOf } from './cpu.ts'
import { decode } from './decode.ts'
import { flowStage } from './flow-stage.ts'
import { handler } from './handler.ts'
import { copyIn, copyOut, copyWindow, eachByte, lookUp, setState } from './limits.ts'
import { produce } from './produce.ts'
import { put } from './put.ts'
import type { Stage } from './stage.ts'

/** A record's way, in order. */
const stageTable: Readonly<Record<string, Stage>> = {
  decode,
  route: flowStage('route', lookUp),
  request: flowStage('request', copyIn),
  handler,
  results: flowStage('results', eachByte),
  apply: flowStage('apply', setState),
  emit: flowStage('emit', copyOut),
  window: flowStage('window', copyWindow),
  put,
  produce,
}

/** A request under load, and one of a quiet application. */
const batchSizes = [1_000, 10]
const full = { rounds: 7, events: 100_000, milliseconds: 1_000 }

/** What a stage costs alone, in microseconds of CPU an event and, if asked for, in bytes allocated; the least is best. */
const rowsOf = async (name: string, open: Stage, { scale, allocations = false }: RunOptions): Promise<Row[]> => {
  const rows: Row[] = []
  const { rounds, events, milliseconds } = full
  const effort = { rounds, events: events * scale, milliseconds: milliseconds * scale }
  for (const batchSize of batchSizes) {
    const stage = await open(batchSize)
    try {
      const of = `${batchSize} a batch`
      const { work, limit } = await cpuOf(stage, effort)
      rows.push(row('stages', name, `CPU, ${of}`, 'µs/event', work, limit))
      if (allocations) rows.push(row('stages', name, `allocated, ${of}`, 'bytes/event', await allocatedBy(stage.work)))
    } finally {
      await stage.close?.()
    }
  }
  return rows
}

/** The stages of a record's way, each by itself, without Kafka, store or handler around it. */
export const stages: Workload = {
  cases: Object.keys(stageTable),
  run: async (names, options) => {
    const rows: Row[] = []
    for (const name of names) {
      const open = stageTable[name]
      if (open) rows.push(...(await rowsOf(name, open, options)))
    }
    return rows
  },
}
