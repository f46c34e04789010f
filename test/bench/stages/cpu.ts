import type { OpenStage, Units } from './stage.ts'

/** Microseconds of CPU that one event takes. */
export interface Cost {
  readonly work: number
  readonly limit: number
}

export interface Effort {
  /** Of which the median counts; one more before them warms up and counts for nothing. */
  readonly rounds: number
  /** A round ends with so many events, or with so much CPU. */
  readonly events: number
  readonly milliseconds: number
}

/** A stage beside its limit, their rounds in turn, so that what drifts favours neither. */
export const cpuOf = async (stage: OpenStage, effort: Effort): Promise<Cost> => {
  const works: number[] = []
  const limits: number[] = []
  await round(stage.work, effort)
  await round(stage.limit, effort)
  for (let i = 0; i < effort.rounds; i++) {
    works.push(await round(stage.work, effort))
    limits.push(await round(stage.limit, effort))
  }
  return { work: median(works), limit: median(limits) }
}

/** Microseconds of CPU an event, of all threads of the process, so that what collects garbage beside the loop counts too. */
const round = async (units: Units, { events: enough, milliseconds }: Effort): Promise<number> => {
  let events = 0
  let microseconds = 0
  while (events < enough && microseconds < milliseconds * 1_000) {
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
