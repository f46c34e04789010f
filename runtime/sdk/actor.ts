import { type Address, addressOf, type Typename } from '../model/address.ts'
import type { FunctionSpec } from '../model/function-spec.ts'
import type { Context, RawMessage } from './context.ts'
import { type Contract, contractFor, type DeclaredMessage, type FailureOptions, functionSpec } from './contract.ts'
import { makeMessage, makeMessageType, type MessageType, type Target } from './message.ts'
import type { MessageDeclarations, PayloadOf, ReplyOf } from './request.ts'
import type { StateDeclarations } from './state-declaration.ts'
import type { ReadsWhatItWrites } from './type.ts'

type Reserved = 'address' | 'otherwise'

/** What an actor does, by message. A handler throws TerminalError to refuse for good; after other errors it is tried again. */
export type Handlers<S extends StateDeclarations, M extends MessageDeclarations> = {
  [K in keyof M]: (ctx: Context<S>, message: PayloadOf<M[K]>) => ReplyOf<M[K]> | Promise<ReplyOf<M[K]>>
} & {
  /** Gets the messages that no declaration names; without it they go to the dead letters. */
  otherwise?: (ctx: Context<S>, raw: RawMessage) => void | Promise<void>
}

/** An actor's contract: what it keeps and what it understands, apart from what it does. */
export interface Actor<S extends StateDeclarations, M extends MessageDeclarations> {
  readonly typename: string
  readonly contract: Contract
  /** Its message types, for routes: `{ to: account.messages.deposit }` takes the id from the record's key. */
  readonly messages: { readonly [K in keyof M]: MessageType<PayloadOf<M[K]>, ReplyOf<M[K]>> }
  /**
   * One actor, with a function for each message that it understands.
   * @example client.send(account.at('bob').deposit(5))
   */
  at(id: string): ActorInstance<S, M>
  /** Says what it does. */
  handle(handlers: Handlers<S, M>): Implementation
  /** Carries the types of the state; never set. */
  readonly state?: S
}

/** Leads from one actor to its contract, for tools; a symbol, since any name may be a message's. */
export const ofActor: unique symbol = Symbol.for('millrace.actor')

/** What `at` answers: one actor, and how to say something to it. */
export type ActorInstance<S extends StateDeclarations, M extends MessageDeclarations> = {
  readonly [K in keyof M]: Target<PayloadOf<M[K]>, ReplyOf<M[K]>>
} & { readonly address: Address; readonly [ofActor]: Actor<S, M> }

/** An actor with its handlers, to be served. */
export interface Implementation {
  readonly typename: string
  readonly contract: Contract
  readonly spec: FunctionSpec
  readonly handlers: ReadonlyMap<string, Handler>
  readonly otherwise: Handler | undefined
}

/** A handler whose types the contract has checked and nobody knows any more. */
export type Handler = (ctx: never, message: never) => unknown

/**
 * Declares an actor type.
 * @param typename `namespace/name`
 * @example
 * export const account = actor('bank/account', {
 *   state: { balance: value(int, { initial: 0 }) },
 *   messages: { deposit: int, withdraw: request(int, Receipt) },
 * })
 */
export const actor = <S extends StateDeclarations, M extends MessageDeclarations & { [K in Reserved]?: never }>(
  typename: Typename,
  options: {
    readonly state: S & { [K in keyof S]: ReadsWhatItWrites<S[K]> }
    readonly messages: M & { [K in keyof M]: ReadsWhatItWrites<M[K]> }
    readonly failure?: FailureOptions
  },
): Actor<S, M> => {
  const contract = contractFor(typename, options.state, options.messages, options.failure)
  const Instance = instanceClass(contract)
  const messages = Object.fromEntries([...contract.messages].map(([name, message]) => [name, makeMessageType(message)]))
  const erased: ErasedActor = {
    typename,
    contract,
    messages,
    at: (id) => new Instance(addressOf(typename, id)),
    handle: (handlers) => implementation(contract, handlers),
  }
  Object.defineProperty(Instance.prototype, ofActor, { value: erased })
  // The declarations that `contract` was made of are those that S and M are the types of.
  return erased as unknown as Actor<S, M>
}

/** An actor as it is at run time, where no type of a message or a state is known. */
interface ErasedActor {
  readonly typename: string
  readonly contract: Contract
  readonly messages: Readonly<Record<string, MessageType<unknown, unknown>>>
  at(id: string): { readonly address: Address }
  handle(handlers: Readonly<Record<string, Handler>>): Implementation
}

/** A class whose getters are the targets, so that `at` costs no more than an object. */
const instanceClass = (contract: Contract): new (address: Address) => { readonly address: Address } => {
  class Instance {
    readonly address: Address

    constructor(address: Address) {
      this.address = address
    }
  }
  for (const [name, message] of contract.messages) {
    const get = function (this: Instance) {
      return makeTarget(this.address, message)
    }
    Object.defineProperty(Instance.prototype, name, { get, enumerable: true })
  }
  return Instance
}

const makeTarget = (to: Address, message: DeclaredMessage) => {
  const target = (body?: unknown) => makeMessage(to, message, body)
  // One by one, which takes less time than Object.assign.
  target.to = to
  target.messageName = message.name
  return target
}

const implementation = (contract: Contract, given: Readonly<Record<string, Handler>>): Implementation => {
  const handlers = new Map<string, Handler>()
  for (const { name, what } of contract.messages.values()) {
    const handler = given[name]
    if (typeof handler !== 'function') throw new TypeError(`${what}: there is no handler for it`)
    handlers.set(name, handler)
  }
  for (const name of Object.keys(given))
    if (name !== 'otherwise' && !handlers.has(name))
      throw new TypeError(`${contract.typename} declares no message '${name}' that there is a handler for`)
  const { otherwise } = given
  return {
    typename: contract.typename,
    contract,
    spec: functionSpec(contract, otherwise !== undefined),
    handlers,
    otherwise,
  }
}
