import { MillraceError, messageOf } from '../model/errors.ts'
import type { Discovery, FunctionSpec, StateSpec } from '../model/function-spec.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { EventLog } from '../ports/telemetry.ts'
import type { ActorTable } from '../shard/actor.ts'
import type { Shard } from '../shard/shard.ts'
import type { Endpoint } from './endpoint.ts'

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

/** Makes the functions and states of a discovery known; holds those whose state has changed in kind or type. */
export const adoptDiscovery = (endpoint: Endpoint, discovery: Discovery, shard: Shard, log: EventLog): void => {
  endpoint.held.clear()
  for (const spec of discovery.functions) {
    if (!endpoint.binding.typenames.includes(spec.typename)) continue
    const problem = adoptFunction(shard, spec)
    if (!problem) continue
    endpoint.held.set(spec.typename, problem)
    log.error('state-mismatch', `${spec.typename} is not invoked: ${problem}`, { function: spec.typename })
  }
  endpoint.adopt(discovery, (typename) => shard.table(typename)?.states.map(({ name }) => name) ?? [])
}

const adoptFunction = (shard: Shard, spec: FunctionSpec): string | undefined => {
  const table = shard.declareFunction(spec.typename)
  const problems = spec.states.flatMap((state) => mismatch(table, state) ?? [])
  if (problems.length > 0) return problems.join('; ')
  table.expiry.length = 0
  for (const state of spec.states) {
    const { name, kind, typename, keyTypename, expiry } = state
    if (table.ordinalOf(name) < 0) shard.declareState(table, { name, kind, typename, keyTypename })
    if (expiry) table.expiry[table.ordinalOf(name)] = expiry
  }
  return undefined
}

const mismatch = (table: ActorTable, state: StateSpec): string | undefined => {
  const known = table.states[table.ordinalOf(state.name)]
  if (!known) return undefined
  const is = (declared: Omit<StateSpec, 'name' | 'expiry'>): string =>
    [declared.kind, declared.keyTypename, declared.typename].filter((part) => part !== undefined).join(' of ')
  if (is(known) === is(state)) return undefined
  return `state ${table.typename}.${state.name} was declared as ${is(known)} and is now ${is(state)}: give the changed state another name`
}
