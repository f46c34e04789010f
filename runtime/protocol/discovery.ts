import { isTypename } from '../model/address.ts'
import { MillraceError } from '../model/errors.ts'
import type {
  Discovery,
  FailurePolicy,
  FunctionSpec,
  MessageSpec,
  OlderStateSpec,
  StateSpec,
} from '../model/function-spec.ts'
import { parseStateKey, stateVersionMax } from '../model/state-key.ts'
import { Json } from './json.ts'

/** What discovery answers, as JSON. Undefined properties are left out of it. */
export const discoveryJson = (functions: readonly FunctionSpec[], version: string): string =>
  JSON.stringify({
    protocols: { batch: [1] },
    features: [mapPartsFeature],
    version,
    functions: functions.map((spec) => ({ ...spec, states: spec.states.map(stateJson) })),
  })

/** Named by a handler that takes maps in part. Whoever does not know a feature passes over it. */
const mapPartsFeature = 'map-parts'

/** Without what most states do not have: versions. */
const stateJson = ({ version, from, ...state }: StateSpec): object => ({
  ...state,
  ...(version > 1 && { version }),
  ...(from.length > 0 && { from }),
})

/** Functions, states and messages that one endpoint may declare. */
const declarationsMax = 10_000

/**
 * What an endpoint answered at discovery. Throws a MillraceError ENDPOINT_PROTOCOL that names the property.
 * @param json the answer, parsed
 */
export const parseDiscovery = (json: unknown): Discovery => {
  const answer = new Json(json, 'discovery')
  const versions = answer.at('protocols').at('batch').list(100)
  if (!versions.some((version) => version.value === 1))
    throw new MillraceError('ENDPOINT_PROTOCOL', 'discovery.protocols.batch: the endpoint does not speak version 1')
  const functions = answer.at('functions').list(declarationsMax).map(parseFunction)
  unique(functions, 'discovery.functions', (spec) => spec.typename)
  const features = answer.maybe('features')?.list(100) ?? []
  const mapParts = features.some(({ value }) => value === mapPartsFeature)
  return { version: answer.at('version').text(), functions, mapParts }
}

const parseFunction = (json: Json): FunctionSpec => {
  const typename = json.at('typename').text()
  if (!isTypename(typename)) throw json.at('typename').wrong('a typename, as bank/account')
  const states = json.at('states').list(declarationsMax).map(parseState)
  const messages = json.at('messages').list(declarationsMax).map(parseMessage)
  unique(states, `${json.path}.states`, (state) => state.name)
  unique(messages, `${json.path}.messages`, (message) => message.name)
  const failure = json.maybe('failure')
  return {
    typename,
    states,
    messages,
    otherwise: json.at('otherwise').flag(),
    failure: failure && parseFailure(failure),
  }
}

const parseFailure = (json: Json): FailurePolicy => ({
  attemptsMax: json.at('attemptsMax').whole(1),
  firstDelayMs: json.at('firstDelayMs').whole(0),
  maxDelayMs: json.at('maxDelayMs').whole(0),
  onFailure: json.at('onFailure').oneOf(['deadLetter', 'park']),
})

const parseState = (json: Json): StateSpec => {
  const kind = json.at('kind').oneOf(['value', 'list', 'map'])
  const expiry = json.maybe('expiry')
  const name = json.at('name').name()
  if (parseStateKey(name).version > 1) throw json.at('name').wrong('a name that does not end as a version does')
  const version = json.maybe('version')?.whole(1) ?? 1
  if (version > stateVersionMax) throw json.at('version').wrong(`a version up to ${stateVersionMax}`)
  const from = (json.maybe('from')?.list(stateVersionMax) ?? []).map((older) => parseOlder(older, version))
  unique(from, `${json.path}.from`, (older) => `version ${older.version}`)
  return {
    name,
    version,
    from,
    kind,
    typename: json.at('typename').name(),
    keyTypename: kind === 'map' ? json.at('keyTypename').name() : undefined,
    expiry: expiry && { afterMs: expiry.at('afterMs').whole(1), since: expiry.at('since').oneOf(['write', 'call']) },
  }
}

const parseOlder = (json: Json, present: number): OlderStateSpec => {
  const version = json.at('version').whole(1)
  if (version >= present) throw json.at('version').wrong(`a version before ${present}`)
  return { version, typename: json.at('typename').name() }
}

const parseMessage = (json: Json): MessageSpec => ({
  name: json.at('name').name(),
  typename: json.at('typename').name(),
  replyTypename: json.maybe('replyTypename')?.name(),
})

const unique = <T>(items: readonly T[], path: string, nameOf: (item: T) => string): void => {
  const seen = new Set<string>()
  for (const item of items) {
    const name = nameOf(item)
    if (seen.has(name)) throw new MillraceError('ENDPOINT_PROTOCOL', `${path}: ${name} is declared twice`)
    seen.add(name)
  }
}
