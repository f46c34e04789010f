// Measures one stage in a process of its own: what other stages have taught the compiler changes what this one costs.
import { allocatedBy } from './allocations.ts'
import { cpuOf } from './cpu.ts'
import type { StageFigures, StageRun } from './stage-run.ts'
import { stageTable } from './stage-table.ts'

const { stage: name, batchSize, milliseconds, allocations } = JSON.parse(process.env['BENCH_STAGE'] ?? '') as StageRun
const stage = await stageTable[name]!(batchSize)
const { work, limit } = await cpuOf(stage, { rounds: 5, milliseconds })
const figures: StageFigures = { work, limit, allocated: allocations ? await allocatedBy(stage.work) : null }
console.log(JSON.stringify(figures))
await stage.close?.()
