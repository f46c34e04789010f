import { added } from '../model/added.ts'
import { isMillraceError, messageOf, MillraceError } from '../model/errors.ts'
import type {
  BatchRequest,
  Call,
  CallFailure,
  CallMessage,
  CallResult,
  CancelEffect,
  EmitEffect,
  IncompleteCall,
  ReplyEffect,
  SendEffect,
} from '../model/invocation.ts'
import type { Limits } from '../model/limits.ts'
import type { Handler, Implementation } from './actor.ts'
import { CallStateSlots, type StatePlaces } from './call-state-slots.ts'
import { decodePayload, encodePayload } from './coding.ts'
import type { Contract, DeclaredMessage } from './contract.ts'
import { MessageContext, type Recorder } from './message-context.ts'
import type { StateSource, StateView } from './state/state-view.ts'
import { isTerminalError } from './terminal-error.ts'

/** A function as one request refers to it. */
export interface CallTarget {
  readonly contract: Contract
  readonly implementation: Implementation
  readonly View: new (from: StateSource) => StateView
  /** The request's names for messages, and what this handler declares under them. */
  readonly names: readonly string[]
  readonly messages: readonly (DeclaredMessage | undefined)[]
  /** Where each declared state stands in the request's table. */
  readonly statePlaces: readonly StatePlaces[]
}

/** Who is told of a call whose handlers were waited for; of each once. */
export interface Waiter {
  completed(result: CallResult): void
  /** This is a bug: every error of a handler is a result. */
  broke(error: unknown): void
}

const noSends: readonly (SendEffect | CancelEffect)[] = []
const noEmits: readonly EmitEffect[] = []
const noReplies: readonly ReplyEffect[] = []

const errorCharactersMax = 2_000

/**
 * Runs the messages of one address in their order. A message that fails takes back its own effects alone: those of the
 * messages before it stay, and those after it do not run.
 */
export class CallRun implements Recorder {
  readonly request: BatchRequest
  readonly call: Call
  readonly target: CallTarget
  readonly slots: CallStateSlots
  private sends: (SendEffect | CancelEffect)[] | undefined
  private emits: EmitEffect[] | undefined
  private replies: ReplyEffect[] | undefined
  private readonly place: number
  private readonly limits: Limits
  private failed: CallFailure | undefined
  private incomplete: IncompleteCall | undefined
  private next = 0
  /** Whether the message has got as far as its handler. */
  private running = false
  private size = 0
  // What the message that runs has to go back to.
  private sendsBefore = 0
  private emitsBefore = 0

  constructor(request: BatchRequest, place: number, call: Call, target: CallTarget, limits: Limits) {
    this.request = request
    this.place = place
    this.call = call
    this.target = target
    this.limits = limits
    this.slots = new CallStateSlots(target.contract, call, target.statePlaces)
  }

  /** The result, or undefined where a handler has to be waited for: other calls cost no turn of the event loop. */
  start(waiter: Waiter): CallResult | undefined {
    return this.advance(waiter) ? this.result() : undefined
  }

  /** Runs messages until all have run, or one fails. False: until one's handler has to be waited for, which goes on by itself. */
  private advance(waiter: Waiter): boolean {
    const { messages } = this.call
    while (this.next < messages.length && this.failed === undefined && this.incomplete === undefined) {
      const message = messages[this.next]!
      const context = new MessageContext(this, this.next, message)
      try {
        const returned = this.invoke(context, message)
        if (isPromise(returned)) {
          this.wait(context, returned, waiter)
          return false
        }
        this.settle(context, returned)
      } catch (error) {
        this.fail(context, error)
      }
    }
    return true
  }

  /** By `then` and not in an async function: each promise more is one that the garbage collector copies while they wait. */
  private wait(context: MessageContext, returned: PromiseLike<unknown>, waiter: Waiter): void {
    // A promise of this platform stays what it is; what only looks like one might call back at once, or twice.
    void Promise.resolve(returned).then(
      (value) => {
        this.settle(context, value)
        this.goOn(waiter)
      },
      (error: unknown) => {
        this.fail(context, error)
        this.goOn(waiter)
      },
    )
  }

  private goOn(waiter: Waiter): void {
    try {
      if (this.advance(waiter)) waiter.completed(this.result())
    } catch (error) {
      waiter.broke(error)
    }
  }

  private invoke(context: MessageContext, message: CallMessage): unknown {
    this.sendsBefore = this.sends?.length ?? 0
    this.emitsBefore = this.emits?.length ?? 0
    this.running = false
    const { implementation } = this.target
    const declared = this.declared(message)
    if (declared !== undefined) {
      const body = decodePayload(declared.type, message.payload, () => this.what(message))
      this.running = true
      return call(implementation.handlers.get(declared.name)!, context, body)
    }
    if (implementation.otherwise === undefined)
      throw new MillraceError('MESSAGE_UNKNOWN', 'no declaration names this message, and there is no `otherwise`')
    this.running = true
    return call(implementation.otherwise, context, {
      name: this.nameOf(message),
      bytes: message.payload && new Uint8Array(message.payload),
    })
  }

  /** The handler has returned: encodes what it changed and what it owes, then lets it take effect. */
  private settle(context: MessageContext, returned: unknown): void {
    // A handler may have caught the error that says so: what it made of that is as little worth.
    if (this.slots.missing !== undefined) return this.fail(context, undefined)
    context.end()
    const from = this.next
    const message = this.call.messages[from]!
    try {
      const declared = this.declared(message)
      const owes = declared?.replyType
      const payload = owes && encodePayload(owes, returned, `${declared.what} reply`)
      this.size += this.slots.prepare() + (payload?.length ?? 0)
      if (this.size > this.limits.resultBytesMax)
        throw new MillraceError(
          'LIMIT_EXCEEDED',
          `the effects of one call take ${this.size} bytes; allowed are ${this.limits.resultBytesMax} (resultBytesMax)`,
        )
      this.slots.apply()
      if (owes !== undefined) this.replies = added(this.replies, { from, payload })
      this.next++
    } catch (error) {
      this.fail(context, error)
    }
  }

  private fail(context: MessageContext, error: unknown): void {
    context.end()
    if (this.sends !== undefined) this.sends.length = this.sendsBefore
    if (this.emits !== undefined) this.emits.length = this.emitsBefore
    const { missing } = this.slots
    if (missing === undefined) this.failed = this.failure(error)
    else this.incomplete = { index: this.next, missing }
  }

  private failure(error: unknown): CallFailure {
    const index = this.next
    // Goes to whoever asked, as the handler wrote it.
    if (isTerminalError(error)) return { index, code: error.code, terminal: true, message: shortened(error.message) }
    const message = shortened(`${this.what(this.call.messages[index]!)}: ${described(error)}`)
    const code = isMillraceError(error) ? error.code : 'HANDLER_FAILED'
    // What no handler got to see is the message's own fault, which no later attempt can change.
    return { index, code, terminal: !this.running, message }
  }

  send(effect: SendEffect | CancelEffect): void {
    this.sends = added(this.sends, effect)
  }

  emit(effect: EmitEffect): void {
    this.emits = added(this.emits, effect)
  }

  count(context: MessageContext, size: number): void {
    const { effectsPerMessageMax } = this.limits
    this.size += size
    const effects = (this.sends?.length ?? 0) + (this.emits?.length ?? 0)
    if (effects - this.sendsBefore - this.emitsBefore < effectsPerMessageMax) return
    throw new MillraceError(
      'LIMIT_EXCEEDED',
      `${context.what}: one message can send and emit ${effectsPerMessageMax} times (limit effectsPerMessageMax)`,
    )
  }

  /** `bank/account.deposit of bob`, for errors. */
  what(message: CallMessage): string {
    return `${this.target.contract.typename}.${this.nameOf(message)} of '${this.call.id}'`
  }

  private nameOf({ name, unknownName }: CallMessage): string {
    return name === undefined ? (unknownName ?? '') : this.target.names[name]!
  }

  /** By name too, since a coordinator may not know yet of a message that was just added. */
  private declared({ name, unknownName }: CallMessage): DeclaredMessage | undefined {
    return name === undefined ? this.target.contract.messages.get(unknownName ?? '') : this.target.messages[name]
  }

  private result(): CallResult {
    const { place, sends = noSends, emits = noEmits, replies = noReplies, failed, incomplete } = this
    return { call: place, mutations: this.slots.mutations(), sends, emits, replies, failed, incomplete }
  }
}

/** The contract has checked that context and message are those that the handler was written for. */
const call = (handler: Handler, context: MessageContext, body: unknown): unknown =>
  (handler as (ctx: MessageContext, message: unknown) => unknown)(context, body)

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

const described = (error: unknown): string =>
  error instanceof Error && error.name !== 'Error' && !isMillraceError(error)
    ? `${error.name}: ${error.message}`
    : messageOf(error)

const shortened = (text: string): string =>
  text.length <= errorCharactersMax ? text : `${text.slice(0, errorCharactersMax)}…`
