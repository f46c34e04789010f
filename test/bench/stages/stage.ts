/** Some work of a stage, ready to be done once; what it takes to get there is not measured. */
export interface Unit {
  readonly events: number
  run(): void | Promise<void>
}

/** Makes one unit after another. */
export type Units = () => Unit

/** A stage of a record's way that is open for measuring. */
export interface OpenStage {
  readonly work: Units
  /** The least that a machine can do for the same bytes: what the stage would cost if all else were free. */
  readonly limit: Units
  close?(): Promise<void>
}

/** Opens a stage for batches of so many events. */
export type Stage = (batchSize: number) => Promise<OpenStage>
