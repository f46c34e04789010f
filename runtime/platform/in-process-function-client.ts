import type { Discovery } from '../model/function-spec.ts'
import { EndpointError, type FunctionClient, type InvokeEnd } from '../ports/function-client.ts'

/** What serves functions in this process; the SDK's handler is one. */
export interface ServedFunctions {
  readonly discovery: Discovery
  invoke(
    request: Uint8Array,
  ): Promise<
    | { readonly status: 200; readonly first: Uint8Array; readonly rest: AsyncIterable<Uint8Array> | undefined }
    | { readonly status: 400 | 409; readonly message: string }
  >
}

/**
 * Functions in the coordinator's own process: one more transport of the same protocol. They get their maps whole: to ask for
 * entries takes another call, which here costs more than what it saves.
 */
export const inProcessFunctionClient = (functions: ServedFunctions): FunctionClient => ({
  discover: () => Promise.resolve({ ...functions.discovery, mapParts: false }),
  invoke: async (request, onBytes): Promise<InvokeEnd> => {
    const answer = await functions.invoke(request)
    if (answer.status !== 200)
      throw new EndpointError('ENDPOINT_PROTOCOL', answer.status === 409 ? 'stale-discovery' : 'failed', answer.message)
    if (answer.first.length > 0) onBytes(answer.first)
    if (answer.rest) for await (const bytes of answer.rest) onBytes(bytes)
    return { version: functions.discovery.version }
  },
  close: () => Promise.resolve(),
})
