import { atOnceMax, CounterFlow, steps, type Step } from './counter-flow.ts'
import type { Stage, Units } from './stage.ts'

/** Events of a unit: enough to measure, few enough that no more is under way than in a coordinator under load. */
const unitEvents = 10_000

/** The batches of one unit after the other, round and round. */
const batchesInTurn = (batches: number, batchSize: number): (() => readonly number[]) => {
  const count = Math.min(atOnceMax, unitEvents / batchSize)
  let next = 0
  return () => Array.from({ length: count }, () => next++ % batches)
}

/** One batch after the other through something that needs nothing else. */
export const eachBatch = ({ batches, batchSize }: Batches, run: (batch: number) => void): Units => {
  const turn = batchesInTurn(batches, batchSize)
  return () => {
    const unit = turn()
    const events = unit.length * batchSize
    return {
      events,
      run: () => {
        for (const batch of unit) run(batch)
      },
    }
  }
}

/** As `eachBatch`, where it takes waiting. */
export const eachBatchAwaited = ({ batches, batchSize }: Batches, run: (batch: number) => Promise<void>): Units => {
  const turn = batchesInTurn(batches, batchSize)
  return () => {
    const unit = turn()
    const events = unit.length * batchSize
    return {
      events,
      run: async () => {
        for (const batch of unit) await run(batch)
      },
    }
  }
}

type Batches = Pick<CounterFlow, 'batches' | 'batchSize'>

/** One step of a coordinator; the others are done before and after it, and not measured. */
export const flowStage =
  (step: Step, limitOf: (flow: CounterFlow) => (batch: number) => void): Stage =>
  async (batchSize) => {
    const flow = await CounterFlow.open(batchSize)
    const place = steps.indexOf(step)
    const turn = batchesInTurn(flow.batches, batchSize)
    const through = (batches: readonly number[], some: readonly Step[]): void => {
      for (const each of some) for (const batch of batches) flow.step(each, batch)
    }
    let behind: readonly number[] = []
    return {
      work: () => {
        through(behind, steps.slice(place + 1))
        behind = turn()
        const batches = behind
        through(batches, steps.slice(0, place))
        const run = (): void => {
          for (const batch of batches) flow.step(step, batch)
        }
        return { events: batches.length * batchSize, run }
      },
      limit: eachBatch(flow, limitOf(flow)),
    }
  }
