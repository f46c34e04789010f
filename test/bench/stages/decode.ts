import { cycleEvents, recordsIn, wireBatches } from './wire-batches.ts'
import { eachBatch } from './flow-stage.ts'
import { kept, walkBatch } from './limits.ts'
import type { Stage } from './stage.ts'

/** From the bytes of a fetched record batch to its records. */
export const decode: Stage = async (batchSize) => {
  const wire = wireBatches(batchSize)
  const batches = { batches: cycleEvents / batchSize, batchSize }
  return {
    work: eachBatch(batches, (batch) => (kept.value = recordsIn(wire[batch]!))),
    limit: eachBatch(batches, (batch) => walkBatch(wire[batch]!)),
  }
}
