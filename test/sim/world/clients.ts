import { decodeReply, encodeMessage, type Message } from '../../../runtime/sdk/message.ts'
import type { RequestAnswer } from '../../../runtime/coordinator/requests.ts'
import type { Shard } from '../../../runtime/shard/shard.ts'
import { actorsOf } from '../check/facts.ts'
import type { Dice } from '../engine/dice.ts'
import type { Scheduler } from '../engine/scheduler.ts'
import type { Trace } from '../engine/trace.ts'
import type { Input } from '../workload/generate.ts'
import type { Actors } from '../workload/interpreter.ts'
import type { Fleet } from './fleet.ts'

/** One request from outside and what its client was told. */
export interface Asked {
  readonly input: Input
  /** Some coordinator may have taken it in. */
  sent: boolean
  /** Somebody said that it is durable. */
  acknowledged: boolean
  /** Every reply to a call: they must all be the same. */
  readonly replies: string[]
  done: boolean
}

/** What somebody has read of the committed state. */
export interface Seen {
  readonly by: string
  readonly commands: readonly string[]
}

const patienceMs = 3_000

/** Clients over HTTP: those with an idempotency key ask until they are answered, the others once. */
export class Clients {
  readonly asked: Asked[] = []
  readonly seen: Seen[] = []
  private readonly scheduler: Scheduler
  private readonly dice: Dice
  private readonly fleet: Fleet
  private readonly actors: Actors
  private readonly trace: Trace

  constructor(scheduler: Scheduler, dice: Dice, fleet: Fleet, actors: Actors, trace: Trace) {
    this.scheduler = scheduler
    this.dice = dice
    this.fleet = fleet
    this.actors = actors
    this.trace = trace
  }

  get waiting(): number {
    return this.asked.filter(({ done }) => !done).length
  }

  /** Reads the state as the admin API does: what is shown is committed. */
  look(): void {
    const life = this.fleet.anyAtWork(this.dice)
    const { process, running } = life ?? {}
    process?.deliver(() => {
      void running
        ?.read((shard) => executedIn(shard, this.actors))
        .then((commands) => this.seen.push({ by: process.name, commands }))
    })
  }

  ask(input: Input): void {
    if (this.dice.chance(0.3)) this.look()
    const asked: Asked = { input, sent: false, acknowledged: false, replies: [], done: false }
    this.asked.push(asked)
    this.attempt(asked)
  }

  private attempt(asked: Asked): void {
    const { input } = asked
    const keyed = input.via.startsWith('keyed')
    const kind = input.via.endsWith('call') ? ('call' as const) : ('send' as const)
    const life = this.fleet.anyAtWork(this.dice)
    if (!life?.running) {
      this.scheduler.after(this.dice.between(50, 400), () => this.attempt(asked))
      return
    }
    const { running, process } = life
    const contract = this.actors.at(input.to)
    const call = contract.ask(input.command)
    const message = kind === 'call' ? call : contract.run(input.command)
    const { id } = input.command
    const request = {
      kind,
      ...encodeMessage(message),
      idempotencyKey: keyed ? `key-${id}` : undefined,
      fingerprint: id,
    }
    let over = false
    const end = (what: string): boolean => {
      if (over) return false
      over = true
      this.trace.add('client', `${id} of ${process.name}: ${what}`)
      return true
    }
    this.scheduler.after(this.dice.latency(2), () =>
      process.deliver(() => {
        asked.sent = true
        void running.request(request).answer.then((answer) => {
          // What was said counts, though this client may have stopped listening.
          if (answer.kind !== 'refused') asked.acknowledged = true
          if (answer.kind === 'replied') asked.replies.push(replyText(call, answer.reply))
          if (end(answer.kind)) this.answered(asked, answer, keyed)
        })
      }),
    )
    this.scheduler.after(patienceMs, () => {
      if (!end('no answer')) return
      if (keyed) this.attempt(asked)
      else asked.done = true
    })
  }

  private answered(asked: Asked, answer: RequestAnswer, keyed: boolean): void {
    if (answer.kind === 'refused') {
      this.scheduler.after(this.dice.between(50, 400), () => this.attempt(asked))
      return
    }
    // Now and then the answer is lost between here and there, and a client with a key asks again.
    if (keyed && this.dice.chance(0.3)) this.scheduler.after(this.dice.between(1, 2_000), () => this.attempt(asked))
    else asked.done = true
  }
}

const replyText = (call: Message<string>, reply: Extract<RequestAnswer, { kind: 'replied' }>['reply']): string =>
  reply.ok ? `=${decodeReply(call, reply.payload)}` : `!${reply.code} ${reply.message}`

const executedIn = (shard: Shard, actors: Actors): readonly string[] =>
  actorsOf(shard, actors).flatMap(({ log }) => log.map(({ command }) => command))
