import { messageOf, MillraceError } from '../model/errors.ts'
import type { Discovery, FunctionSpec } from '../model/function-spec.ts'
import type { CallResult, IncompleteCall } from '../model/invocation.ts'
import type { Limits } from '../model/limits.ts'
import type { FunctionBinding } from '../model/topology.ts'
import {
  EndpointError,
  type EndpointFailure,
  type FunctionClient,
  type LocalFunctions,
} from '../ports/function-client.ts'
import type { Actor, ActorTable } from '../shard/actor.ts'
import { BatchDraft, type PutCall, RequestTables } from './batch.ts'
import { type Places } from './places.ts'
import { Breaker } from './breaker.ts'
import { EndpointQueue } from './endpoint-queue.ts'
import { type OnResults, type Transport, transportOf } from './transport.ts'

/** A request that is under way. */
export interface Batch {
  readonly endpoint: Endpoint
  readonly actors: readonly Actor[]
  readonly messages: number
  /**
   * How many of them count as load: none any more once some were answered. What is left then waits for something, and more
   * is taken in meanwhile, or a few slow handlers would hold up all others.
   */
  load: number
  /** The bytes of those. */
  loadBytes: number
  readonly unanswered: Places
  readonly startedMs: number
  /** Of the endpoint, when these addresses were first sent or first failed. */
  readonly successesBefore: number
}

export const reasonOf = (error: unknown): EndpointFailure => (error instanceof EndpointError ? error.reason : 'failed')

/** One endpoint as the coordinator sees it: what it serves, who waits for it, what is under way. */
export class Endpoint {
  readonly binding: FunctionBinding
  readonly client: FunctionClient | LocalFunctions
  readonly queue = new EndpointQueue()
  readonly breaker = new Breaker()
  readonly specs = new Map<string, FunctionSpec>()
  /** Functions that are not invoked, and why: their declared state does not fit the state that is there. */
  readonly held = new Map<string, string>()
  version: string | undefined
  private mapParts = false
  requestsInFlight = 0
  messagesInFlight = 0
  /** Of the requests under way; see Batch. */
  load = 0
  loadBytes = 0
  lastError: string | undefined
  private tables = new RequestTables([], Infinity)
  private readonly limits: Limits
  private readonly transport: Transport

  constructor(binding: FunctionBinding, client: FunctionClient | LocalFunctions, limits: Limits) {
    this.binding = binding
    this.client = client
    this.limits = limits
    this.transport = transportOf(client, limits)
  }

  /** Takes in what discovery said; `statesOf` gives the declared states of a function by their lasting ordinals. */
  adopt(discovery: Discovery, statesOf: (typename: string) => readonly string[]): void {
    this.version = discovery.version
    this.mapParts = discovery.mapParts === true
    this.specs.clear()
    for (const spec of discovery.functions)
      if (this.binding.typenames.includes(spec.typename)) this.specs.set(spec.typename, spec)
    this.tables = new RequestTables(
      [...this.specs.values()].map(({ typename, messages }) => ({
        typename,
        states: statesOf(typename),
        messages: messages.map(({ name }) => name),
      })),
      this.mapParts ? this.limits.wholeMapBytesMax : Infinity,
    )
  }

  /** Whether its functions may be invoked now. */
  serves(table: ActorTable): boolean {
    return this.tables.serves(table) && !(this.held.size > 0 && this.held.has(table.typename))
  }

  /** Whether it would have to be adopted. The version may be a user's own, and say nothing of what the SDK can do. */
  differs({ version, mapParts = false }: Discovery): boolean {
    return version !== this.version || mapParts !== this.mapParts
  }

  /** A handler could not go on with what it was sent. */
  lacked(actor: Actor, incomplete: IncompleteCall): void {
    this.tables.lacked(actor, incomplete)
  }

  get canSend(): boolean {
    return this.requestsInFlight < this.binding.requestsInFlightMax
  }

  /** Puts the next request together from those that wait; undefined when nobody does. */
  draft(nowMs: number, put: PutCall): { draft: BatchDraft; successesBefore: number } | undefined {
    const suspects = this.queue.takeSuspects()
    const draft = new BatchDraft(this.tables, this.transport.begin(nowMs, this.tables))
    if (suspects) {
      for (const actor of suspects.actors) draft.add(actor, Infinity, put)
      if (draft.actors.length > 0) return { draft, successesBefore: suspects.successesBefore }
    }
    const { addressesPerRequestMax } = this.binding
    while (draft.actors.length < addressesPerRequestMax && draft.messages < addressesPerRequestMax) {
      const actor = this.queue.peek()
      if (!actor) break
      if (!draft.add(actor, this.limits.requestBytesMax, put)) break
      this.queue.advance()
    }
    return draft.actors.length > 0 ? { draft, successesBefore: this.breaker.successes } : undefined
  }

  /** Sends the last draft. Results are handed over as they come; the promise resolves when no more will, and never rejects. */
  async send(batch: Batch, onResults: OnResults): Promise<{ error: unknown; version: string | undefined }> {
    const onExpected = (results: readonly CallResult[]): void => {
      let expected = 0
      try {
        for (const result of results) {
          this.check(batch, result)
          expected++
        }
      } finally {
        if (expected > 0 || results.length === 0)
          onResults(expected === results.length ? results : results.slice(0, expected))
      }
    }
    try {
      const { version } = await this.transport.send(onExpected, this.binding.timeoutMs)
      if (batch.unanswered.size === 0) return { error: undefined, version }
      const missing = `the answer of ${this.binding.endpoint} lacks ${batch.unanswered.size} of ${batch.actors.length} results`
      return { error: new MillraceError('ENDPOINT_PROTOCOL', missing), version }
    } catch (error) {
      this.lastError = messageOf(error)
      return { error, version: undefined }
    }
  }

  private check(batch: Batch, result: CallResult): void {
    if (batch.unanswered.delete(result.call)) return
    const message = `${this.binding.endpoint} answered for call ${result.call}, which it was not asked or had answered`
    throw new MillraceError('ENDPOINT_PROTOCOL', message)
  }
}
