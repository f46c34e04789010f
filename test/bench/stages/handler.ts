import { utf8Decode, utf8Encode } from '../../../runtime/model/bytes.ts'
import { CounterFlow } from './counter-flow.ts'
import { eachBatch, eachBatchAwaited } from './flow-stage.ts'
import { kept } from './limits.ts'
import type { Stage } from './stage.ts'

/** The SDK from the bytes of a request to those of its answer, with the handler of the counter; the limit is its JSON alone. */
export const handler: Stage = async (batchSize) => {
  const flow = await CounterFlow.open(batchSize)
  return {
    work: eachBatchAwaited(flow, async (batch) => {
      kept.value = await flow.handler.invoke(flow.requests[batch]!)
    }),
    limit: eachBatch(flow, (batch) => {
      const out: Uint8Array[] = []
      for (const { value } of flow.records[batch]!) {
        const { key } = JSON.parse(utf8Decode(value!)) as { key: string }
        out.push(utf8Encode(JSON.stringify({ key, count: 2 })))
      }
      kept.value = out
    }),
  }
}
