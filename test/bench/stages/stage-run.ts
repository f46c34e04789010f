/** What a process that measures a stage is asked for, as JSON in BENCH_STAGE. */
export interface StageRun {
  readonly stage: string
  readonly batchSize: number
  readonly milliseconds: number
  readonly allocations: boolean
}

/** What it answers with, in one line of JSON: microseconds of CPU an event, and bytes an event if asked for. */
export interface StageFigures {
  readonly work: number
  readonly limit: number
  readonly allocated: number | null
}
