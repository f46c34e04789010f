import type { CheckedFunctions } from '../config/definition.ts'
import { httpFunctionClient } from '../platform/http-function-client.ts'
import { localFunctions } from '../platform/local-functions.ts'
import { systemClock } from '../platform/system-clock.ts'
import type { FunctionClient, LocalFunctions } from '../ports/function-client.ts'
import { parseDiscovery } from '../protocol/discovery.ts'
import { type SigningKey, signRequest } from '../protocol/signature.ts'
import { createHandler } from '../sdk/handler.ts'

/** A client for each endpoint of the application file, by the endpoint's name in the topology. */
export const functionClients = (
  functions: readonly CheckedFunctions[],
  signingKeys: readonly SigningKey[],
): ReadonlyMap<string, FunctionClient | LocalFunctions> =>
  new Map(functions.map((served) => [served.endpoint, clientOf(served, signingKeys)]))

const clientOf = (served: CheckedFunctions, signingKeys: readonly SigningKey[]): FunctionClient | LocalFunctions => {
  if (served.kind === 'inProcess') return localFunctions(createHandler(served.implementations))
  const key = (served.signingKeys ?? signingKeys)[0]
  return httpFunctionClient({
    url: served.endpoint,
    parseDiscovery,
    sign: key && (async (request) => ({ ...(await signRequest(request, key, systemClock.now())) })),
    connectionsMax: served.requestsInFlightMax,
  })
}
