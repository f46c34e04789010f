import type { RunOptions, Workload } from '../parts/bench.ts'
import { run } from '../parts/processes.ts'
import { row, type Row } from '../row.ts'
import type { StageFigures, StageRun } from './stage-run.ts'
import { stageTable } from './stage-table.ts'

/** A request under load, and one of a quiet application. */
const batchSizes = [1_000, 10]
/** CPU of one round. */
const milliseconds = 300

const figuresOf = async (stageRun: StageRun): Promise<StageFigures> => {
  const child = run(new URL('stage-process.ts', import.meta.url), { BENCH_STAGE: JSON.stringify(stageRun) })
  const line = await child.line('{')
  await child.stop()
  return JSON.parse(line) as StageFigures
}

/** What a stage costs alone, in microseconds of CPU an event and, if asked for, in bytes allocated; the least is best. */
const rowsOf = async (stage: string, { scale, allocations = false }: RunOptions): Promise<Row[]> => {
  const rows: Row[] = []
  for (const batchSize of batchSizes) {
    const asked = { stage, batchSize, milliseconds: milliseconds * scale, allocations }
    const { work, limit, allocated } = await figuresOf(asked)
    const of = `${batchSize} a batch`
    rows.push(row('stages', stage, `CPU, ${of}`, 'µs/event', work, limit))
    if (allocated !== null) rows.push(row('stages', stage, `allocated, ${of}`, 'bytes/event', allocated))
  }
  return rows
}

/** The stages of a record's way, each by itself, without Kafka, store or handler around it. */
export const stages: Workload = {
  cases: Object.keys(stageTable),
  run: async (names, options) => {
    const rows: Row[] = []
    for (const name of names) rows.push(...(await rowsOf(name, options)))
    return rows
  },
}
