import { parentPort, workerData } from 'node:worker_threads'
import { scenarioOf, type ScenarioChange } from '../scenario.ts'
import { simulate } from '../simulate.ts'

// A thread that runs every n-th seed and tells what came of each.
const { from, seeds, step, change } = workerData as {
  from: number
  seeds: number
  step: number
  change: ScenarioChange
}
for (let seed = from; seed < from + seeds; seed += step) {
  const { violations, coverage, events, virtualMs } = await simulate(scenarioOf(seed, change))
  parentPort?.postMessage({ seed, violations, coverage, events, virtualMs })
}
