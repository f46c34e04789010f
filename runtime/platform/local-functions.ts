import type { Discovery } from '../model/function-spec.ts'
import type { BatchRequest, CallResult } from '../model/invocation.ts'
import { EndpointError, type LocalFunctions } from '../ports/function-client.ts'

/** What runs functions in this process; the SDK's handler is one. */
interface Runs {
  readonly discovery: Discovery
  run(request: BatchRequest, onResults: (results: readonly CallResult[]) => void): Promise<string | undefined>
}

/** Functions in the coordinator's own process, called without a wire in between. */
export const localFunctions = (functions: Runs): LocalFunctions => ({
  discover: () => Promise.resolve(functions.discovery),
  run: async (request, onResults) => {
    const stale = await functions.run(request, onResults)
    if (stale !== undefined) throw new EndpointError('ENDPOINT_PROTOCOL', 'stale-discovery', stale)
    return { version: functions.discovery.version }
  },
  close: () => Promise.resolve(),
})
