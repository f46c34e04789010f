import type { Shard } from '../../../runtime/shard/shard.ts'
import { fadesAfterMs, recordBytesMax, surveyOf, type Execution } from '../workload/command.ts'
import type { Actors } from '../workload/interpreter.ts'
import type { Asked, Seen } from '../world/clients.ts'
import type { Fed } from '../world/feeder.ts'
import { addressOf, childrenOf, isDoomed, treeOf, type Sent } from './expect.ts'
import { actorsOf, type ActorFacts, type Outcome } from './facts.ts'

/** All that is known at the end of a run. */
export interface Evidence {
  /** What is committed, as whoever takes over finds it. */
  readonly shard: Shard
  readonly actors: Actors
  readonly fed: readonly Fed[]
  readonly asked: readonly Asked[]
  readonly seen: readonly Seen[]
  readonly outcome: Outcome
}

/** So much may pass between the moment that a handler is told as now and the moment when its effects are applied. */
const slackMs = 60_000

/** Compares what came of a run with what the commands say must come of it. */
export class Judge {
  readonly violations: string[] = []
  private readonly evidence: Evidence
  private readonly facts: readonly ActorFacts[]
  private readonly executed = new Map<
    string,
    { readonly at: ActorFacts; readonly index: number; readonly nowMs: number }
  >()
  private readonly dead = new Set<string>()
  private readonly sent = new Map<string, Sent>()

  constructor(evidence: Evidence) {
    this.evidence = evidence
    this.facts = actorsOf(evidence.shard, evidence.actors)
  }

  judge(): readonly string[] {
    for (const root of this.roots()) for (const sent of treeOf(root)) this.sent.set(sent.command.id, sent)
    this.executions()
    this.deadLetters()
    for (const sent of this.sent.values()) this.fateOf(sent)
    for (const facts of this.facts) this.actor(facts)
    this.records()
    this.replies()
    this.reads()
    this.leftovers()
    return this.violations
  }

  private wrong(what: string): void {
    this.violations.push(what)
  }

  private roots(): readonly Sent[] {
    const { fed, asked } = this.evidence
    return [...fed.map(({ input }) => input), ...asked.map(({ input }) => input)].map(({ command, to }) => ({
      command,
      to,
      by: undefined,
      way: 'outside' as const,
      step: undefined,
    }))
  }

  /** Each command in the log of one address, once. */
  private executions(): void {
    for (const at of this.facts) {
      let index = 0
      for (const { command, nowMs } of at.log) {
        if (command.startsWith('=') || command.startsWith('!')) continue
        index++
        if (this.executed.has(command)) this.wrong(`${command} was executed twice`)
        this.executed.set(command, { at, index, nowMs })
        const sent = this.sent.get(command)
        if (!sent) this.wrong(`${command} was executed, and nobody has sent it`)
        else if (addressOf(sent.to) !== addressOf(at.place)) this.wrong(`${command} was executed at another address`)
      }
    }
  }

  private deadLetters(): void {
    for (const { command, code, attempts } of this.evidence.outcome.dead) {
      const sent = this.sent.get(command)
      if (this.dead.has(command)) this.wrong(`${command} became two dead letters`)
      if (this.executed.has(command)) this.wrong(`${command} was executed, and became a dead letter`)
      this.dead.add(command)
      // Requests that fail again and again count against a message that is alone in them.
      const blamed = code === 'ENDPOINT_UNAVAILABLE' && attempts > 1
      if (!sent) this.wrong(`${command} became a dead letter, and nobody has sent it`)
      else if (!isDoomed(sent.command) && !blamed) this.wrong(`${command} became a dead letter: ${code}`)
    }
  }

  /** It was executed, or has failed, or there is a reason why neither came. */
  private fateOf(sent: Sent): void {
    const { command, by, way } = sent
    const done = this.executed.has(command.id) || this.dead.has(command.id)
    if (by === undefined) {
      const asked = this.evidence.asked.find(({ input }) => input.command.id === command.id)
      const mustBe = !asked || asked.acknowledged || (asked.sent && asked.input.via.startsWith('keyed'))
      if (mustBe && !done) this.wrong(`${command.id} was ${asked ? 'acknowledged' : 'fed'}, and never executed`)
      if (done && asked && !asked.sent) this.wrong(`${command.id} was executed, and its client had not sent it`)
      return
    }
    const parent = this.executed.get(by)
    if (!parent) {
      if (done) this.wrong(`${command.id} was executed, though ${by}, which sends it, was not`)
      return
    }
    if (way !== 'delay' && !done) this.wrong(`${command.id}, sent by ${by}, was never executed`)
  }

  private actor(facts: ActorFacts): void {
    const { place, log } = facts
    const where = addressOf(place)
    const own = log.filter(({ command }) => /^c/.test(command))
    if (facts.count !== own.length) this.wrong(`${where} counts ${facts.count} of ${own.length}`)
    for (const [i, { nowMs }] of log.entries())
      if (nowMs < (log[i - 1]?.nowMs ?? 0)) this.wrong(`time goes back at ${where}: ${log[i]?.command}`)
    this.state(facts)
    this.fading(facts)
    this.delays(facts)
    this.order(facts)
    this.answers(facts)
  }

  private state({ place, log, cells, scratch }: ActorFacts): void {
    const expected = new Map<string, number>()
    let text: string | undefined
    for (const { command } of log)
      for (const step of this.sent.get(command)?.command.steps ?? []) {
        if (step.do === 'put') expected.set(step.key, step.value)
        if (step.do === 'remove') expected.delete(step.key)
        if (step.do === 'bump') expected.set(step.key, (expected.get(step.key) ?? 0) + 1)
        if (step.do === 'survey') text = surveyOf(expected, expected.size)
        if (step.do === 'scratch') text = step.text
      }
    const show = (entries: ReadonlyMap<string, number>): string => JSON.stringify([...entries].sort())
    if (show(cells) !== show(expected))
      this.wrong(`${addressOf(place)} holds ${show(cells)}, expected ${show(expected)}`)
    if (scratch !== text) this.wrong(`${addressOf(place)} holds scratch ${scratch}, expected ${text}`)
  }

  /** What expires is there while it must be, and gone once it cannot be any more. */
  private fading({ place, log }: ActorFacts): void {
    let written: { readonly value: number; readonly nowMs: number } | undefined
    for (const { command, nowMs, faded } of log) {
      if (written && faded !== undefined && faded !== written.value) this.wrong(`${command} saw another value fade`)
      if (!written && faded !== undefined) this.wrong(`${command} saw a value at ${addressOf(place)} that was not set`)
      if (written && faded === undefined && nowMs < written.nowMs + fadesAfterMs)
        this.wrong(`${command} did not see the value that fades at ${addressOf(place)}: too early`)
      if (written && faded !== undefined && nowMs > written.nowMs + fadesAfterMs + slackMs)
        this.wrong(`${command} saw a value at ${addressOf(place)} that should have faded`)
      if (faded === undefined) written = undefined
      for (const step of this.sent.get(command)?.command.steps ?? [])
        if (step.do === 'fade') written = { value: step.value, nowMs }
    }
  }

  /** Delayed messages: not early; those that were taken back at once never; the others, unless somebody took them back. */
  private delays({ place, log }: ActorFacts): void {
    const byToken = new Map<string, Sent>()
    const must: Sent[] = []
    const never: Sent[] = []
    const replaced = (token: string): void => {
      const before = byToken.get(token)
      if (before?.step?.do === 'delay' && before.step.ms > slackMs) never.push(before)
      byToken.delete(token)
    }
    for (const execution of log) {
      const steps = this.sent.get(execution.command)?.command.steps ?? []
      for (const step of steps) {
        if (step.do === 'cancel') replaced(step.token)
        if (step.do !== 'delay') continue
        const sent = this.sent.get(step.command.id)!
        if (step.token === undefined) must.push(sent)
        else {
          replaced(step.token)
          byToken.set(step.token, sent)
        }
        this.notEarly(sent, execution, step.ms)
      }
    }
    for (const sent of [...must, ...byToken.values()])
      if (!this.executed.has(sent.command.id) && !this.dead.has(sent.command.id))
        this.wrong(`${sent.command.id}, delayed at ${addressOf(place)}, never came`)
    for (const sent of never)
      if (this.executed.has(sent.command.id)) this.wrong(`${sent.command.id} had been taken back, and came`)
  }

  private notEarly(sent: Sent, parent: Execution, delayMs: number): void {
    const came = this.executed.get(sent.command.id)
    if (came && came.nowMs < parent.nowMs + delayMs) this.wrong(`${sent.command.id} came before its time`)
  }

  /** From one sender, and from one partition, messages take effect in the order in which they were sent. */
  private order(facts: ActorFacts): void {
    const where = addressOf(facts.place)
    const rank = new Map(facts.log.map(({ command }, i) => [command, i]))
    const check = (ids: readonly string[], whose: string): void => {
      const ranks = ids.flatMap((id) => rank.get(id) ?? [])
      if (ranks.some((each, i) => each < (ranks[i - 1] ?? -1)))
        this.wrong(`${where} took messages of ${whose} out of order`)
    }
    for (const sender of this.facts) {
      const sends = sender.log.flatMap(({ command }) => {
        const parent = this.sent.get(command)?.command
        return parent ? childrenOf(parent).filter(({ way, to }) => way !== 'delay' && addressOf(to) === where) : []
      })
      check(
        sends.map(({ command }) => command.id),
        addressOf(sender.place),
      )
    }
    const fed = this.evidence.fed.filter(({ input }) => addressOf(input.to) === where)
    const inOrder = [...fed].sort((a, b) => a.partition - b.partition || a.offset - b.offset)
    check(
      inOrder.map(({ input }) => input.command.id),
      'a partition',
    )
  }

  /** Each question that was put has one answer, and the right one. */
  private answers({ place, log }: ActorFacts): void {
    const told = new Map<string, number>()
    for (const { command } of log) if (/^[=!]/.test(command)) told.set(command, (told.get(command) ?? 0) + 1)
    for (const { command } of log)
      for (const child of childrenOf(this.sent.get(command)?.command ?? { id: '', steps: [] })) {
        if (child.way !== 'ask') continue
        const done = this.executed.get(child.command.id)
        const expected = done ? `=${child.command.id}#${done.index}` : undefined
        const texts = [...told.keys()].filter((text) =>
          expected ? text === expected : text.startsWith('!') && new RegExp(`\\b${child.command.id}\\b`).test(text),
        )
        const count = texts.reduce((sum, text) => sum + (told.get(text) ?? 0), 0)
        const blamed = !done && texts.length === 0
        if (count !== 1 && !blamed)
          this.wrong(`${addressOf(place)} was told ${count} times what became of ${child.command.id}`)
        for (const text of texts) told.delete(text)
      }
    for (const text of told.keys())
      if (text.startsWith('=')) this.wrong(`${addressOf(place)} was told ${text}, which it had not asked`)
  }

  /** Every command that was executed has its records in the output, once, in the order of its actor. */
  private records(): void {
    const { outcome, shard } = this.evidence
    const seen = new Map<string, number>()
    for (const { text } of outcome.emitted) seen.set(text, (seen.get(text) ?? 0) + 1)
    const unfit = new Map<string, number>()
    for (const { value } of shard.undelivered.values()) {
      const text = String(JSON.parse(Buffer.from(value ?? []).toString())).trimEnd()
      unfit.set(text, (unfit.get(text) ?? 0) + 1)
    }
    const expected = new Map<string, number>()
    const expectedUnfit = new Map<string, number>()
    const add = (to: Map<string, number>, text: string): unknown => to.set(text, (to.get(text) ?? 0) + 1)
    for (const id of this.executed.keys()) {
      add(expected, id)
      for (const step of this.sent.get(id)?.command.steps ?? [])
        if (step.do === 'emit') add(step.padding > recordBytesMax ? expectedUnfit : expected, step.mark)
    }
    this.same(expected, seen, 'published')
    this.same(expectedUnfit, unfit, 'kept as unfit')
    for (const { place, log } of this.facts) {
      const ids = log.map(({ command }) => command).filter((command) => /^c/.test(command))
      const mine = new Set(ids)
      const came = outcome.emitted.filter(({ id, text }) => id === place.id && mine.has(text)).map(({ text }) => text)
      if (came.join(' ') !== ids.join(' ')) this.wrong(`the records of ${addressOf(place)} are not in its order`)
    }
  }

  private same(expected: ReadonlyMap<string, number>, is: ReadonlyMap<string, number>, what: string): void {
    for (const text of new Set([...expected.keys(), ...is.keys()])) {
      const [should, does] = [expected.get(text) ?? 0, is.get(text) ?? 0]
      if (should !== does) this.wrong(`${text} was ${what} ${does} times, expected ${should}`)
    }
  }

  /** Clients were told the truth, and always the same. */
  private replies(): void {
    for (const { input, replies } of this.evidence.asked) {
      const { id } = input.command
      if (new Set(replies).size > 1) this.wrong(`${id} was answered differently: ${[...new Set(replies)].join(', ')}`)
      const done = this.executed.get(id)
      const [reply] = replies
      if (reply === undefined) continue
      if (done ? reply !== `=${id}#${done.index}` : !reply.startsWith('!')) this.wrong(`${id} was answered ${reply}`)
    }
  }

  /** What anybody was shown has stayed. */
  private reads(): void {
    const kept = new Set(this.facts.flatMap(({ log }) => log.map(({ command }) => command)))
    for (const { by, commands } of this.evidence.seen)
      for (const command of commands) if (!kept.has(command)) this.wrong(`${by} has shown ${command}, which is gone`)
  }

  private leftovers(): void {
    const { shard, fed } = this.evidence
    if (shard.pendingMessages > 0) this.wrong(`${shard.pendingMessages} messages are left in lanes`)
    if (shard.stopped.size > 0 || shard.parkedMessages > 0)
      this.wrong(`${shard.stopped.size} addresses are left parked or paused, with ${shard.parkedMessages} messages`)
    for (const { messageId } of [...shard.timers.all()].map(({ origin }) => origin))
      this.wrong(`the delayed message ${messageId} is left`)
    for (const { partition, offset } of fed) {
      const position = shard.positions.get({ ingress: 'in', topic: 'in', partition })
      if (!position || position.offset <= offset)
        this.wrong(`partition ${partition} was read to ${position?.offset} only`)
    }
  }
}
