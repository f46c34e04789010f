import type { Implementation } from '../sdk/actor.ts'
import type { Contract } from '../sdk/contract.ts'
import type { CheckedFunctions } from './definition.ts'
import { isPlainObject } from './given-settings.ts'
import type { Problems } from './problems.ts'
import { readField, readFields, readList } from './read-fields.ts'
import { duration, text, whole } from './setting-kinds.ts'
import { signingKeys } from './signing-keys-kind.ts'

/** What serves, and the contract of each function that is served. */
export interface ServedFunctions {
  readonly functions: readonly CheckedFunctions[]
  readonly contracts: ReadonlyMap<string, Contract>
}

const bounds = { timeoutMs: 30_000, requestsInFlightMax: 8, addressesPerRequestMax: 1_000 }
/** No way to be saved by large requests, and what small ones hold stays in the processor's cache. */
const localBounds = { timeoutMs: 30_000, requestsInFlightMax: 32, addressesPerRequestMax: 250 }
const urlKind = text("a URL, as 'https://bank.example.workers.dev'", /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/)
const optionNames = ['timeout', 'requestsInFlight', 'addressesPerRequest', 'signingKey']

const hasContract = (value: unknown): value is { readonly contract: Contract } =>
  isPlainObject(value) && isPlainObject(value['contract']) && value['contract']['messages'] instanceof Map

const isImplementation = (value: unknown): value is Implementation =>
  hasContract(value) && 'handlers' in value && value.handlers instanceof Map

const readEndpoint = (
  path: string,
  given: Readonly<Record<string, unknown>>,
  typenames: readonly string[],
  problems: Problems,
): CheckedFunctions => {
  const options = readFields(`${path} options`, given['options'], optionNames, problems)
  const at = (name: string) => `${path}.${name}`
  const { timeout, requestsInFlight, addressesPerRequest, signingKey } = options
  const keys = signingKey === undefined ? undefined : signingKeys.fromValue(signingKey)
  if (signingKey !== undefined && keys === undefined) problems.wrongSecret(at('signingKey'), signingKeys.allowed)
  return {
    kind: 'endpoint',
    endpoint: readField(at('url'), given['url'] ?? null, urlKind, '', problems),
    typenames,
    timeoutMs: readField(at('timeout'), timeout, duration('10ms', '15m'), bounds.timeoutMs, problems),
    requestsInFlightMax: readField(
      at('requestsInFlight'),
      requestsInFlight,
      whole(1, 10_000),
      bounds.requestsInFlightMax,
      problems,
    ),
    addressesPerRequestMax: readField(
      at('addressesPerRequest'),
      addressesPerRequest,
      whole(1, 100_000),
      bounds.addressesPerRequestMax,
      problems,
    ),
    signingKeys: keys,
  }
}

/** The application file's `functions`. A function is served in one place alone. */
export const readFunctions = (value: unknown, problems: Problems): ServedFunctions => {
  const allowed = 'a list of endpoint(url, [actors]) and inProcess([implementations])'
  const contracts = new Map<string, Contract>()
  const endpoints = new Set<string>()
  const functions: CheckedFunctions[] = []
  if (value === undefined || (Array.isArray(value) && value.length === 0)) problems.wrong('functions', value, allowed)

  const serve = (path: string, contract: Contract): string => {
    if (contracts.has(contract.typename)) problems.add(`${path} is ${contract.typename}, which is served already`)
    contracts.set(contract.typename, contract)
    return contract.typename
  }
  for (const [path, given] of readList('functions', value, allowed, problems)) {
    if (!isPlainObject(given) || (given['kind'] !== 'endpoint' && given['kind'] !== 'inProcess')) {
      problems.wrong(path, given, 'endpoint(url, [actors]) or inProcess([implementations])')
      continue
    }
    const inProcess = given['kind'] === 'inProcess'
    const of = inProcess ? 'implementations, as account.handle({ … })' : "actors, as actor('bank/account', { … })"
    const items = readList(
      path,
      (inProcess ? given['implementations'] : given['actors']) ?? null,
      `a list of ${of}`,
      problems,
    )
    const implementations: Implementation[] = []
    const typenames = items.flatMap(([at, item]) => {
      if (!hasContract(item) || (inProcess && !isImplementation(item))) {
        problems.add(`${at} is none of the ${of}`)
        return []
      }
      if (isImplementation(item)) implementations.push(item)
      return [serve(at, item.contract)]
    })
    const number = functions.filter(({ kind }) => kind === 'inProcess').length + 1
    const checked: CheckedFunctions = inProcess
      ? {
          kind: 'inProcess',
          endpoint: number === 1 ? 'in-process' : `in-process-${number}`,
          typenames,
          implementations,
          ...localBounds,
        }
      : readEndpoint(path, given, typenames, problems)
    if (endpoints.has(checked.endpoint))
      problems.add(`${path} names ${checked.endpoint} again; name all its actors at once`)
    endpoints.add(checked.endpoint)
    functions.push(checked)
  }
  return { functions, contracts }
}
