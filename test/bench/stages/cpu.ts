import type { OpenStage, Units } from './stage.ts'

/** Microseconds of CPU that one event takes. */
export interface Cost {
  readonly work: number
  readonly limit: number
}

export interface Effort {
  /** Of which the median counts; those before them warm up and count for nothing. */
  readonly rounds: number
  /** CPU of a round: what somebody else does on the machine meanwhile shall be little beside it, for the limit too. */
  readonly milliseconds: number
}

/** The compiler has done its work after so many rounds. */
const warmUpRounds = 3

/** A stage beside its limit, their rounds in turn, so that what drifts favours neither. */
export const cpuOf = async (stage: OpenStage, { rounds, milliseconds }: Effort): Promise<Cost> => {
  const works: number[] = []
  const limits: number[] = []
  for (let i = 0; i < warmUpRounds + rounds; i++) {
    works.push(await round(stage.work, milliseconds))
    limits.push(await round(stage.limit, milliseconds))
  }
  return { work: median(works.slice(warmUpRounds)), limit: median(limits.slice(warmUpRounds)) }
}

/** Microseconds of CPU an event, of all threads of the process, so that what collects garbage beside the loop counts too. */
const round = async (units: Units, milliseconds: number): Promise<number> => {
  let events = 0
  let microseconds = 0
  while (microseconds < milliseconds * 1_000) {
    const unit = units()
    const before = process.cpuUsage()
    const running = unit.run()
    // A stage that waits for nothing shall not pay for a turn of the event loop.
    if (running) await running
    const { user, system } = process.cpuUsage(before)
    microseconds += user + system
    events += unit.events
  }
  return microseconds / events
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN
