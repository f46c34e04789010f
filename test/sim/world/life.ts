import type { RunningCoordinator } from '../../../runtime/coordinator/running.ts'
import type { SimProcess } from '../engine/process.ts'
import type { BucketClient } from './bucket-client.ts'

/** One coordinator, from the start of its process to its end. */
export interface Life {
  readonly process: SimProcess
  readonly store: BucketClient
  /** Set once it has started. */
  running: RunningCoordinator | undefined
  /** It was asked to stop. */
  draining: boolean
  /** How it ended by itself: `drained`, `fenced`, or an error. Undefined while it lives, and for one that was killed. */
  end: string | undefined
  readonly gauges: Map<string, () => number>
}

export const isAlive = (life: Life): boolean => !life.process.dead && life.end === undefined
