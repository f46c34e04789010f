import type { ApplicationDefinition, CheckedFunctions } from '../../config/definition.ts'
import { isMillraceError, MillraceError, messageOf } from '../../model/errors.ts'
import type { EventLog } from '../../ports/telemetry.ts'
import type { SigningKey } from '../../protocol/signature.ts'
import { parseSigningKeys } from '../../protocol/signing-keys.ts'
import { newSigningKey } from '../new-signing-key.ts'
import { FunctionsWorker } from './functions-worker.ts'
import { watchFunctions } from './watch-functions.ts'

/** The application's functions in workerd on this machine. */
export interface LocalFunctions {
  readonly url: string
  /** Made for this run: nobody else can call the functions. */
  readonly signingKeys: readonly SigningKey[]
  /** The application with all its endpoints replaced by this one. */
  serving(definition: ApplicationDefinition): ApplicationDefinition
  close(): Promise<void>
}

/** Serves a Worker's entry from a free port of loopback, and anew whenever its sources change. */
export const serveLocally = async (entry: string, log: EventLog): Promise<LocalFunctions> => {
  const key = newSigningKey()
  const worker = new FunctionsWorker({ MILLRACE_SIGNING_KEYS: key }, (line) => log.info('functions', line))
  const failed = (error: unknown): void => {
    // esbuild shows the place in the sources on several lines, and an event is one.
    for (const line of messageOf(error).split('\n')) if (line.trim() !== '') log.error('functions-broken', line)
  }
  try {
    const changed = (code: string): void => {
      worker.serve(code).then(() => log.info('functions-changed', 'serving the changed functions'), failed)
    }
    const watched = await watchFunctions(entry, changed, failed)
    const url = await worker.serve(watched.first)
    const close = async (): Promise<void> => {
      await watched.close()
      await worker.close()
    }
    const signingKeys = parseSigningKeys(key, 'dev')
    return { url, signingKeys, serving: (definition) => servedAt(definition, `${url}/`), close }
  } catch (error) {
    await worker.close()
    failed(error)
    const code = isMillraceError(error) ? error.code : 'ENDPOINT_UNAVAILABLE'
    throw new MillraceError(code, `the functions of ${entry} cannot be served`, { cause: error })
  }
}

const servedAt = (definition: ApplicationDefinition, url: string): ApplicationDefinition => {
  const remote = definition.functions.filter(({ kind }) => kind === 'endpoint')
  const others = definition.functions.filter(({ kind }) => kind !== 'endpoint')
  if (remote.length === 0) return definition
  const least = (of: (served: CheckedFunctions) => number): number => Math.min(...remote.map(of))
  const local: CheckedFunctions = {
    kind: 'endpoint',
    endpoint: url,
    typenames: remote.flatMap(({ typenames }) => typenames),
    timeoutMs: Math.max(...remote.map(({ timeoutMs }) => timeoutMs)),
    requestsInFlightMax: least(({ requestsInFlightMax }) => requestsInFlightMax),
    addressesPerRequestMax: least(({ addressesPerRequestMax }) => addressesPerRequestMax),
    signingKeys: undefined,
  }
  return { ...definition, functions: [...others, local] }
}
