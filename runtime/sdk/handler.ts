import { MillraceError } from '../model/errors.ts'
import type { Discovery } from '../model/function-spec.ts'
import type { BatchRequest, CallResult } from '../model/invocation.ts'
import { murmur3 } from '../model/murmur3.ts'
import { parseStateKey } from '../model/state-key.ts'
import { decodeBatchRequest } from '../protocol/batch-request.ts'
import { discoveryJson } from '../protocol/discovery.ts'
import { ResultFrames } from '../protocol/result-frames.ts'
import type { Implementation } from './actor.ts'
import { BatchRun } from './batch-run.ts'
import type { CallTarget } from './call-run.ts'
import type { Contract } from './contract.ts'
import { withCheckedWrites } from './checked-writes.ts'
import { stateViewClass } from './state/state-view.ts'

export interface HandlerOptions {
  /** Addresses of one request whose handlers may wait for something at the same time. 1,000 unless given. */
  readonly concurrencyMax?: number
  /** Reads back what handlers write to state or reply, to find at once what a schema does not let pass. For tests. */
  readonly checkWrites?: boolean
  /** Changes whenever the functions change; made from their declarations unless given. */
  readonly version?: string
}

/** The answer to a batch request. */
export type InvokeAnswer =
  | {
      readonly status: 200
      /** All results that were there at once. */
      readonly first: Uint8Array
      /** Those of handlers that wait for something, as they complete; undefined where there are none. */
      readonly rest: AsyncIterable<Uint8Array> | undefined
    }
  /** 400: the request cannot be read. 409: discovery is stale, or has other functions. */
  | { readonly status: 400 | 409; readonly message: string }

/** Serves functions without knowing of a platform. */
export interface BatchHandler {
  readonly discovery: Discovery
  /** The discovery document, JSON. */
  readonly document: string
  /** @param pause between pieces of the rest, so that what completes meanwhile comes in one; none unless given */
  invoke(request: Uint8Array, pause?: () => Promise<void>): Promise<InvokeAnswer>
  /**
   * The same within one process, with no bytes in between. Hands over results as they complete, first those of all handlers
   * that wait for nothing, be there none. Resolves when all have: to a text where the functions that the request names are
   * others than those that are served here.
   */
  run(request: BatchRequest, onResults: (results: readonly CallResult[]) => void): Promise<string | undefined>
}

export const createHandler = (
  implementations: readonly Implementation[],
  options: HandlerOptions = {},
): BatchHandler => {
  const { concurrencyMax = 1_000, checkWrites = false } = options
  if (!Number.isSafeInteger(concurrencyMax) || concurrencyMax < 1)
    throw new MillraceError('SETTING_INVALID', `concurrencyMax is ${concurrencyMax}; allowed are whole numbers from 1`)
  const served = new Map<string, Served>()
  for (const given of implementations) {
    if (served.has(given.typename))
      throw new MillraceError('SETTING_INVALID', `${given.typename} is served twice; its handlers must be one object`)
    const implementation = checkWrites ? withCheckedWrites(given) : given
    served.set(given.typename, { implementation, View: stateViewClass(implementation.contract) })
  }
  const functions = implementations.map(({ spec }) => spec)
  const version = options.version ?? murmur3(discoveryJson(functions, ''))
  return {
    discovery: { version, functions, mapParts: true },
    document: discoveryJson(functions, version),
    invoke: (bytes, pause) => invoke(bytes, served, concurrencyMax, pause),
    run: (request, onResults) => runLocally(request, served, concurrencyMax, onResults),
  }
}

type Served = Pick<CallTarget, 'implementation' | 'View'>

const invoke = async (
  bytes: Uint8Array,
  served: ReadonlyMap<string, Served>,
  concurrencyMax: number,
  pause: (() => Promise<void>) | undefined,
): Promise<InvokeAnswer> => {
  let request: BatchRequest
  try {
    request = decodeBatchRequest(bytes)
  } catch (error) {
    return { status: 400, message: error instanceof Error ? error.message : String(error) }
  }
  const targets = targetsOf(request, served)
  if (typeof targets === 'string') return { status: 409, message: targets }
  const frames = new ResultFrames()
  const run = new BatchRun(request, targets, concurrencyMax, (result) => frames.append(result))
  await run.turns()
  return { status: 200, first: frames.take(), rest: run.done ? undefined : rest(run, frames, pause) }
}

/**
 * The other results, as they complete, with a pause behind each piece: what handlers wait for often ends for many of them at
 * once, and a piece for each costs both sides more. Leaving off early leaves the handlers running.
 */
async function* rest(
  run: BatchRun,
  frames: ResultFrames,
  pause: (() => Promise<void>) | undefined,
): AsyncGenerator<Uint8Array> {
  for (;;) {
    if (frames.length > 0) {
      yield frames.take()
      if (!run.done) await pause?.()
      // Tells of a run that broke meanwhile, of which `more` would hear nothing.
      await run.turns()
    } else if (run.done) return
    else await run.more()
  }
}

const runLocally = async (
  request: BatchRequest,
  served: ReadonlyMap<string, Served>,
  concurrencyMax: number,
  onResults: (results: readonly CallResult[]) => void,
): Promise<string | undefined> => {
  const targets = targetsOf(request, served)
  if (typeof targets === 'string') return targets
  let results: CallResult[] = []
  const run = new BatchRun(request, targets, concurrencyMax, (result) => results.push(result))
  for (await run.turns(); ; await run.more()) {
    onResults(results)
    if (run.done) return undefined
    results = []
  }
}

/** The request's tables seen from this handler; a text where they do not fit it. */
const targetsOf = (request: BatchRequest, served: ReadonlyMap<string, Served>): CallTarget[] | string => {
  const targets: CallTarget[] = []
  for (const { typename, states, messages } of request.functions) {
    const known = served.get(typename)
    if (known === undefined) return `${typename} is not served here; discover again`
    const { contract } = known.implementation
    const missing = contract.states.find(({ key }) => !states.includes(key))
    if (missing !== undefined)
      return `${missing.what}, version ${missing.version}, is declared here and unknown to the request; discover again`
    const unread = unreadableVersion(request, targets.length, contract)
    if (unread !== undefined) return unread
    targets.push({
      ...known,
      contract,
      names: messages,
      messages: messages.map((name) => contract.messages.get(name)),
      statePlaces: contract.states.map(({ key, older }) => ({
        present: states.indexOf(key),
        older: older.map((from) => states.indexOf(from.key)),
      })),
    })
  }
  return targets
}

/**
 * Code of another version serves the same address while a deploy goes on. To pass over a state because it is kept under a
 * version that is unknown here would lose it: this handler would begin it anew.
 */
const unreadableVersion = (request: BatchRequest, fn: number, contract: Contract): string | undefined => {
  for (const [place, key] of request.functions[fn]!.states.entries()) {
    const { name, version } = parseStateKey(key)
    const declared = contract.states.find((state) => state.name === name)
    if (declared === undefined || [declared, ...declared.older].some((known) => known.key === key)) continue
    if (request.calls.some((call) => call.function === fn && call.state.some(({ state }) => state === place)))
      return `${declared.what} is kept under version ${version}, and is version ${declared.version} here; discover again`
  }
  return undefined
}
