import { createHash } from 'node:crypto'
import type { ApplicationDefinition } from '../config/definition.ts'
import type { Address } from '../model/address.ts'
import { type Duration, durationMs } from '../model/duration.ts'
import { MillraceError } from '../model/errors.ts'
import type { OutsideRequest } from '../coordinator/requests.ts'
import type { ActorInstance, Implementation } from '../sdk/actor.ts'
import type { Egress } from '../sdk/egress.ts'
import { decodeReply, encodeMessage, type Message } from '../sdk/message.ts'
import type { MessageDeclarations } from '../sdk/request.ts'
import type { StateDeclarations, StateSnapshot } from '../sdk/state-declaration.ts'
import { committedState } from './committed-state.ts'
import { CommittedTopics } from './committed-topics.ts'
import { CoordinatorLife } from './coordinator-life.ts'
import { deadLetterFrom, type DeadLetter } from './dead-letter.ts'
import { emittedRecord, type EmittedRecord } from './emitted-record.ts'
import { fedRecord, type FedRecord, fedTopic } from './feed-record.ts'
import { functionClients, replaced } from './function-clients.ts'
import { payloadOf } from './outside-error.ts'
import { type ParkedAddress, parkedAddresses } from './parked-address.ts'
import type { TestWorld } from './test-world.ts'

export interface SendOptions {
  /** The message takes effect once, however often it is sent with this key. */
  readonly idempotencyKey?: string
}

/**
 * An application in this process, run by the coordinator that runs it in production, over a log and a bucket in memory.
 * Time stands still until `advance`. Each method, once awaited, has let everything happen that happens without time passing:
 * handlers have run, effects are committed, records published.
 */
export class TestApplication implements AsyncDisposable {
  private readonly definition: ApplicationDefinition
  private world: TestWorld
  private readonly topics: CommittedTopics
  private readonly taken = new Map<string, number>()
  private life: CoordinatorLife
  private lives = 1
  private underWay = 0
  private closed = false
  /** Time passes in one place at a time. */
  private time: Promise<unknown> = Promise.resolve()

  constructor(definition: ApplicationDefinition, world: TestWorld) {
    this.definition = definition
    this.world = world
    this.topics = new CommittedTopics(world.log, world.topics)
    for (const [name, partitions] of world.topics)
      void world.log.createTopic({ name, partitions, replicationFactor: undefined, compacted: false })
    this.life = new CoordinatorLife(world, this.lives)
  }

  /** What time it is for handlers. */
  get now(): Date {
    return new Date(this.world.clock.now())
  }

  /**
   * Sends a message as a client does. Several that are not awaited one by one reach an actor together.
   * @example await app.send(account.at('bob').deposit(10))
   */
  async send(message: Message<unknown>, options: SendOptions = {}): Promise<void> {
    await this.request('send', message, options)
  }

  /**
   * Sends a message and answers its reply. While the handler fails and is tried again, time passes, up to the setting
   * `http.callTimeout`.
   * @throws the handler's TerminalError, or one with the code of what else made the message fail for good
   * @example expect(await app.call(account.at('bob').withdraw(3))).toEqual({ ok: true, left: 7 })
   */
  async call<R>(message: Message<R>, options: SendOptions = {}): Promise<R> {
    return decodeReply(message, await this.request('call', message, options))
  }

  /**
   * Writes a record to an ingress's topic, from where the routes make messages of it.
   * @param ingress its name, or the name of one of its topics
   * @throws INGRESS_UNKNOWN, or VALUE_INVALID for a value that the ingress's type refuses: feed bytes to see what happens
   * @example await app.feed('transfers', { key: 'bob', value: { from: 'bob', to: 'ann', amount: 5 } })
   */
  feed(ingress: string, ...records: readonly FedRecord[]): Promise<void> {
    return this.during(async () => {
      const to = fedTopic(this.definition, ingress)
      const encoded = records.map((record) => fedRecord(to.ingress, record, this.world.clock.now()))
      await this.life.started
      for (const record of encoded) this.world.log.append(to.topic, null, record)
      await this.settle()
    })
  }

  /**
   * The committed state of one actor: lists as arrays, maps as Maps.
   * @example expect(app.state(account.at('bob')).balance).toBe(7)
   */
  state<S extends StateDeclarations, M extends MessageDeclarations>(of: ActorInstance<S, M>): StateSnapshot<S> {
    if (this.underWay > 0)
      throw new MillraceError('VALUE_INVALID', 'state was asked for while a call is under way: await that call first')
    this.check()
    return committedState(of, this.life.shard, this.world.clock.now())
  }

  /**
   * All records that were written to an egress so far, in order.
   * @throws EGRESS_UNKNOWN
   * @example expect(app.emitted(alerts)).toEqual([{ key: 'bob', value: { reason: 'overdrawn' } }])
   */
  emitted<T>(egress: Egress<T>): readonly EmittedRecord<T>[] {
    return this.topics.of(this.topicOf(egress.name)).map((record) => emittedRecord(egress, record))
  }

  /** As `emitted`, but without those that it has answered before. */
  takeEmitted<T>(egress: Egress<T>): readonly EmittedRecord<T>[] {
    const all = this.emitted(egress)
    const from = this.taken.get(egress.name) ?? 0
    this.taken.set(egress.name, all.length)
    return all.slice(from)
  }

  /** All that failed for good so far. */
  deadLetters(): readonly DeadLetter[] {
    return this.topics.of(this.world.topology.deadLetterTopic).map(deadLetterFrom)
  }

  /**
   * The addresses that wait behind a message that failed, where `onFailure` is `park`.
   * @example expect(app.parked()).toMatchObject([{ address: 'bank/account/bob', code: 'HANDLER_FAILED', messages: 2 }])
   */
  parked(): readonly ParkedAddress[] {
    this.check()
    return parkedAddresses(this.life.shard)
  }

  /**
   * Lets a parked address go on with all that waits, in order, the failed message first, as `millrace parked retry` does.
   * @throws ADDRESS_NOT_STOPPED where it is not parked
   * @example await app.retryParked(account.at('bob'))
   */
  retryParked(of: { readonly address: Address }): Promise<void> {
    return this.operate(of, 'retry')
  }

  /** As `retryParked`, but the failed message goes to the dead letters. */
  skipParked(of: { readonly address: Address }): Promise<void> {
    return this.operate(of, 'skip')
  }

  private operate({ address }: { readonly address: Address }, act: 'retry' | 'skip'): Promise<void> {
    return this.during(async () => {
      await this.life.started
      await Promise.all([this.life.release(address, act), this.settle()])
      await this.settle()
    })
  }

  /**
   * Lets time pass. What falls due meanwhile happens in its order: delayed messages, retries, the end of a state's time.
   * @example await app.advance('24h')
   */
  advance(duration: Duration): Promise<void> {
    return this.during(() =>
      this.timekeeper(async () => {
        const untilMs = this.world.clock.now() + durationMs(duration, 'advance')
        await this.settle()
        while (await this.step(untilMs));
        this.world.clock.goTo(untilMs)
        await this.settle()
      }),
    )
  }

  /**
   * Drops the coordinator as `kill -9` does, whatever it is doing, and starts another, which recovers from the log and the
   * bucket. Calls that are under way reject: what became of them is not known.
   */
  crash(): Promise<void> {
    return this.during(() => this.restart())
  }

  /**
   * Deploys other code for some functions on the state that is there, and starts anew. The state of an actor is decoded by
   * the contract that it is asked for with: ask with that of the new code.
   * @throws FUNCTION_UNKNOWN for handlers of what this application does not serve
   * @example await app.deploy([accountHandlersV2])
   */
  deploy(handlers: readonly Implementation[]): Promise<void> {
    return this.during(async () => {
      const implementations = replaced(this.definition, this.world.implementations, handlers)
      this.world = { ...this.world, implementations, clients: functionClients(this.definition, implementations) }
      await this.restart()
    })
  }

  private restart(): Promise<void> {
    this.life.drop()
    this.life = new CoordinatorLife(this.world, ++this.lives)
    return this.settle()
  }

  /** Stops everything. Calls that are under way reject. */
  async close(): Promise<void> {
    this.closed = true
    this.life.drop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  private topicOf(name: string): string {
    const { egresses } = this.world.topology
    const found = egresses.find((egress) => egress.name === name)
    if (found) return found.topic
    const known = egresses.map((egress) => egress.name).join(', ') || 'none'
    throw new MillraceError(
      'EGRESS_UNKNOWN',
      `this application has no egress '${name}' (it has: ${known}); name it under egress in the application definition, ` +
        'or, where handlers alone are tested, pass it: testApplication([handlers], { egress: [alerts] })',
    )
  }

  private async request(
    kind: 'send' | 'call',
    message: Message<unknown>,
    { idempotencyKey }: SendOptions,
  ): Promise<Uint8Array | undefined> {
    const { typename, id, message: name, payload } = encodeMessage(message)
    const what = `${typename}.${name} of '${id}'`
    const fingerprint = createHash('sha256')
      .update(payload ?? 'none')
      .digest('hex')
    const request = { kind, typename, id, message: name, payload, idempotencyKey, fingerprint }
    return this.during(async () => payloadOf(await this.answered(request, what), what))
  }

  private async answered(request: Omit<OutsideRequest, 'answer'>, what: string) {
    while (!this.life.up) {
      await this.life.started
      this.check()
    }
    const answer = this.life.request(request, what)
    let settled = false
    const done = (): boolean => (settled = true)
    answer.then(done, done)
    const untilMs = this.world.clock.now() + this.world.callTimeoutMs
    await this.settle()
    while (!settled && (await this.timekeeper(async () => settled || (await this.step(untilMs)))));
    if (settled) return answer
    const held = this.life.heldFor(request.typename)
    if (held !== undefined)
      throw new MillraceError('STATE_MISMATCH', `${what}: ${request.typename} is not invoked: ${held}`)
    const message = `${what}: no reply within ${this.world.callTimeoutMs} ms (http.callTimeout); it is still being tried`
    throw new MillraceError('ENDPOINT_UNAVAILABLE', message)
  }

  /** Lets the next thing happen that waits for time, if it is due by then. */
  private async step(untilMs: number): Promise<boolean> {
    const dueMs = this.world.clock.nextDueMs()
    if (dueMs === undefined || dueMs > untilMs) return false
    this.world.clock.goTo(dueMs)
    await this.settle()
    return true
  }

  private timekeeper<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.time.then(work)
    this.time = turn.catch(() => undefined)
    return turn
  }

  private async during<T>(work: () => Promise<T>): Promise<T> {
    this.check()
    this.underWay++
    try {
      return await work()
    } finally {
      this.underWay--
    }
  }

  private async settle(): Promise<void> {
    let life
    do {
      life = this.life
      await life.settle()
    } while (life !== this.life)
    await this.topics.read()
    this.check()
  }

  private check(): void {
    if (this.closed) throw new MillraceError('ENDPOINT_UNAVAILABLE', 'this test application was closed')
    if (this.life.failure) throw this.life.failure
  }
}
