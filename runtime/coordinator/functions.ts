import { MillraceError, messageOf } from '../model/errors.ts'
import type { Discovery, FunctionSpec } from '../model/function-spec.ts'
import { stateKey } from '../model/state-key.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { EventLog } from '../ports/telemetry.ts'
import type { Shard } from '../shard/shard.ts'
import type { Endpoint } from './endpoint.ts'
import { stateProblem } from './state-problem.ts'

/** Asks an endpoint what it serves until it answers. `stopped` ends it. */
export const discover = async (
  endpoint: Endpoint,
  clock: Clock,
  log: EventLog,
  stopped: () => boolean,
): Promise<Discovery | undefined> => {
  const { endpoint: name, typenames } = endpoint.binding
  for (let pause = 100; !stopped(); pause = Math.min(pause * 2, 10_000)) {
    try {
      const discovery = await endpoint.client.discover()
      const served = discovery.functions.map(({ typename }) => typename)
      const missing = typenames.filter((typename) => !served.includes(typename))
      if (missing.length === 0) return discovery
      const message = `${name} does not serve ${missing.join(', ')}; it serves: ${served.join(', ') || 'nothing'}`
      throw new MillraceError(
        'FUNCTION_UNKNOWN',
        `${message}. Deploy it there, or correct functions in the application file`,
      )
    } catch (error) {
      endpoint.lastError = messageOf(error)
      log.warn('discovery-failed', `${name}: ${messageOf(error)}`, { endpoint: name, retryInMs: pause })
      await sleep(clock, pause)
    }
  }
  return undefined
}

/** Makes the functions and states of a discovery known; holds those that cannot read the state that is there. */
export const adoptDiscovery = (
  endpoint: Endpoint,
  discovery: Discovery,
  shard: Shard,
  log: EventLog,
  nowMs: number,
): void => {
  endpoint.held.clear()
  for (const spec of discovery.functions) {
    if (!endpoint.binding.typenames.includes(spec.typename)) continue
    const problem = adoptFunction(shard, spec, nowMs)
    if (!problem) continue
    endpoint.held.set(spec.typename, problem)
    log.error('state-mismatch', `${spec.typename} is not invoked: ${problem}`, { function: spec.typename })
  }
  endpoint.adopt(discovery, (typename) => shard.table(typename)?.states.map(({ name }) => name) ?? [])
}

const adoptFunction = (shard: Shard, spec: FunctionSpec, nowMs: number): string | undefined => {
  const table = shard.declareFunction(spec.typename)
  const problems = spec.states.flatMap((state) => stateProblem(shard, table, state, nowMs) ?? [])
  if (problems.length > 0) return problems.join('; ')
  table.expiry.length = 0
  table.successors.length = 0
  for (const state of spec.states) {
    const { kind, typename, keyTypename, expiry } = state
    const name = stateKey(state.name, state.version)
    if (table.ordinalOf(name) < 0) shard.declareState(table, { name, kind, typename, keyTypename })
    const present = table.ordinalOf(name)
    if (expiry) table.expiry[present] = expiry
    for (const { version } of state.from) {
      const older = table.ordinalOf(stateKey(state.name, version))
      if (older < 0) continue
      table.successors[older] = present
      // What a handler has not moved yet lives on with the calls of its actor too.
      if (expiry) table.expiry[older] = expiry
    }
  }
  return undefined
}
