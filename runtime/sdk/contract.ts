import { isTypename } from '../model/address.ts'
import { type Duration, durationMs } from '../model/duration.ts'
import { MillraceError } from '../model/errors.ts'
import {
  defaultFailurePolicy,
  type ExpirySpec,
  type FailurePolicy,
  type FunctionSpec,
  type StateKind,
} from '../model/function-spec.ts'
import { encodeValue } from './coding.ts'
import { type StateVersions, versionsOf } from './older-version.ts'
import { isRequest, type MessageDeclarations } from './request.ts'
import { typeOf } from './schema-type.ts'
import type { List, Mapping, StateDeclarations, Ttl, Value } from './state-declaration.ts'
import type { Type, Typed } from './type.ts'

/** How often and how fast a message of this actor is tried again, and what happens then. */
export interface FailureOptions {
  /** 10 unless given; 1 tries nothing again. */
  readonly attempts?: number
  readonly firstDelay?: Duration
  /** Each delay is twice the one before, up to this. */
  readonly maxDelay?: Duration
  /**
   * When the last attempt has failed: `deadLetter`, unless given, sends the message to the dead letters and goes on with
   * the next one; `park` leaves the address where it is, with all its messages in order, until someone retries or skips.
   */
  readonly onFailure?: 'deadLetter' | 'park'
}

/** An actor's declaration with every type resolved: what the machinery works with. */
export interface Contract {
  readonly typename: string
  readonly states: readonly DeclaredState[]
  readonly messages: ReadonlyMap<string, DeclaredMessage>
  /** Undefined: the actor declares none, and the application's settings hold. */
  readonly failure: FailurePolicy | undefined
}

export interface DeclaredState extends StateVersions {
  readonly name: string
  /** `bank/account.balance`, for errors. */
  readonly what: string
  readonly kind: StateKind
  readonly type: Type<unknown>
  /** Of a map. */
  readonly keyType: Type<unknown> | undefined
  readonly expiry: ExpirySpec | undefined
  /** The encoded `initial` of a value that has one. */
  readonly initial: Uint8Array | undefined
}

export interface DeclaredMessage {
  readonly typename: string
  readonly name: string
  /** `bank/account.deposit`, for errors. */
  readonly what: string
  readonly type: Type<unknown>
  /** Of a request. */
  readonly replyType: Type<unknown> | undefined
}

const invalid = (message: string) => new MillraceError('SETTING_INVALID', message)
const reserved = ['address', 'otherwise']

export const contractFor = (
  typename: string,
  state: StateDeclarations,
  messages: MessageDeclarations,
  failure: FailureOptions | undefined,
): Contract => {
  if (!isTypename(typename)) throw invalid(`actor '${typename}': a typename is written namespace/name, as bank/account`)
  const states = Object.entries(state).map(([name, declared]) => declaredState(typename, name, declared))
  const byName = new Map<string, DeclaredMessage>()
  for (const [name, declared] of Object.entries(messages)) {
    if (name === '' || reserved.includes(name)) throw invalid(`${typename}: no message can be called '${name}'`)
    const what = `${typename}.${name}`
    const [type, reply] = isRequest(declared) ? [declared.message, declared.reply] : [declared, undefined]
    byName.set(name, {
      typename,
      name,
      what,
      type: typeOf(type, what),
      replyType: reply && typeOf(reply, `${what}.reply`),
    })
  }
  return { typename, states, messages: byName, failure: failure && failurePolicy(typename, failure) }
}

const declaredState = (
  typename: string,
  name: string,
  declared: Typed | Value<unknown> | List<unknown> | Mapping<unknown, unknown>,
): DeclaredState => {
  const what = `${typename}.${name}`
  if (name === '') throw invalid(`${typename}: a state has no name`)
  // Some schemas have a `kind` too.
  const spec = '~standard' in declared || !('kind' in declared) ? { kind: 'value' as const, type: declared } : declared
  const type = typeOf(spec.type, what)
  const initial = 'initial' in spec && spec.initial !== undefined ? encodeValue(type, spec.initial, what) : undefined
  return {
    name,
    what,
    kind: spec.kind,
    ...versionsOf(name, what, 'version' in spec || 'migrate' in spec ? spec : {}),
    type,
    keyType: spec.kind === 'map' ? typeOf(spec.key, `${what}.key`) : undefined,
    expiry: 'ttl' in spec ? expiryOf(spec, what) : undefined,
    initial,
  }
}

const expiryOf = ({ ttl }: Ttl, what: string): ExpirySpec | undefined => {
  if (ttl === undefined) return undefined
  const afterMs = durationMs(ttl.after, `${what}: ttl.after`)
  if (afterMs < 1) throw invalid(`${what}: ttl.after must be longer than nothing`)
  return { afterMs, since: ttl.since }
}

const failurePolicy = (typename: string, options: FailureOptions): FailurePolicy => {
  const { attempts = defaultFailurePolicy.attemptsMax, firstDelay, maxDelay } = options
  if (!Number.isSafeInteger(attempts) || attempts < 1)
    throw invalid(`${typename}: failure.attempts is ${attempts}; allowed are whole numbers from 1`)
  const onFailure: unknown = options.onFailure ?? defaultFailurePolicy.onFailure
  if (onFailure !== 'deadLetter' && onFailure !== 'park')
    throw invalid(`${typename}: failure.onFailure is ${String(onFailure)}; allowed are deadLetter and park`)
  const delay = (given: Duration | undefined, name: string, otherwise: number) =>
    given === undefined ? otherwise : durationMs(given, `${typename}: failure.${name}`)
  const firstDelayMs = delay(firstDelay, 'firstDelay', defaultFailurePolicy.firstDelayMs)
  const maxDelayMs = Math.max(firstDelayMs, delay(maxDelay, 'maxDelay', defaultFailurePolicy.maxDelayMs))
  return { attemptsMax: attempts, firstDelayMs, maxDelayMs, onFailure }
}

/** What discovery says of it. */
export const functionSpec = (contract: Contract, otherwise: boolean): FunctionSpec => ({
  typename: contract.typename,
  states: contract.states.map(({ name, version, older, kind, type, keyType, expiry }) => ({
    name,
    version,
    from: older.map((from) => ({ version: from.version, typename: from.type.typename })),
    kind,
    typename: type.typename,
    keyTypename: keyType?.typename,
    expiry,
  })),
  messages: [...contract.messages.values()].map(({ name, type, replyType }) => ({
    name,
    typename: type.typename,
    replyTypename: replyType?.typename,
  })),
  otherwise,
  failure: contract.failure,
})
