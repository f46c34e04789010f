import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { actor, egress, int, json, list, map, nothing, string, value } from 'millrace'
import { application, inProcess, kafka } from 'millrace/config'
import { testApplication } from 'millrace/testing'
import { account, accountHandlers, alerts } from './bank.ts'

const log = egress('log', json<{ id: string; total: number }>('test/log'))
const counter = actor('test/counter', {
  state: { total: value(int, { initial: 0 }), heard: map(string, int), order: list(int) },
  messages: { add: int, later: int, tell: int, hear: int },
})

/** Adds and remembers, tells the next one, and adds later. */
const counterHandlers = counter.handle({
  add(ctx, by) {
    ctx.state.total += by
    ctx.state.order.push(by)
    ctx.emit(log, { key: ctx.id, value: { id: ctx.id, total: ctx.state.total } })
  },
  later: (ctx, by) => ctx.send(counter.at(ctx.id).add(by), { after: '1m' }),
  tell: (ctx, by) => ctx.send(counter.at(next(ctx.id)).hear(by)),
  hear: (ctx, by) => void ctx.state.heard.set(`${by}`, (ctx.state.heard.get(`${by}`) ?? 0) + 1),
})
const ids = ['a', 'b', 'c']
const next = (id: string) => ids[(ids.indexOf(id) + 1) % ids.length]!

/** What the same does without machinery. */
class Model {
  readonly totals = new Map(ids.map((id) => [id, 0]))
  readonly orders = new Map(ids.map((id) => [id, [] as number[]]))
  readonly heard = new Map(ids.map((id) => [id, new Map<string, number>()]))
  readonly emitted: string[] = []
  private timers: { dueMs: number; id: string; by: number }[] = []
  private nowMs = 0

  do(kind: 'add' | 'later' | 'tell', id: string, by: number): void {
    if (kind === 'add') this.add(id, by)
    else if (kind === 'later') this.timers.push({ dueMs: this.nowMs + 60_000, id, by })
    else {
      const heard = this.heard.get(next(id))!
      heard.set(`${by}`, (heard.get(`${by}`) ?? 0) + 1)
    }
  }

  advance(ms: number): void {
    this.nowMs += ms
    const due = this.timers.filter(({ dueMs }) => dueMs <= this.nowMs).sort((a, b) => a.dueMs - b.dueMs)
    this.timers = this.timers.filter(({ dueMs }) => dueMs > this.nowMs)
    for (const { id, by } of due) this.add(id, by)
  }

  private add(id: string, by: number): void {
    this.totals.set(id, this.totals.get(id)! + by)
    this.orders.get(id)!.push(by)
    this.emitted.push(JSON.stringify({ id, total: this.totals.get(id)! }))
  }
}

type Step =
  | {
      readonly kind: 'add' | 'later' | 'tell'
      readonly id: string
      readonly by: number
      readonly turns?: number
    }
  | { readonly kind: 'feed'; readonly id: string; readonly by: number; readonly turns?: number }
  | { readonly kind: 'advance'; readonly ms: number }

const id = fc.constantFrom(...ids)
const by = fc.integer({ min: 1, max: 9 })
/** A crash so many turns of the promise queue after the beginning; undefined: none. */
const turns = fc.option(fc.integer({ min: 0, max: 120 }), { nil: undefined, freq: 2 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record(
    { kind: fc.constantFrom('add' as const, 'later' as const, 'tell' as const), id, by, turns },
    { requiredKeys: ['kind', 'id', 'by'] },
  ),
  fc.record({ kind: fc.constant('feed' as const), id, by, turns }, { requiredKeys: ['kind', 'id', 'by'] }),
  fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 45_000 }) }),
)

const counting = (windowsMax: number) =>
  application('counting', {
    ingress: { in: kafka({ topic: 'in', value: json<number>('test/by') }) },
    routes: (route) => [route('in', ({ key, value }) => counter.at(key ?? '').add(value))],
    functions: [inProcess([counterHandlers])],
    egress: { log: kafka({ topic: 'log' }) },
    checkpoint: { windowsMax },
  })

describe('a crash', () => {
  test('at any moment leaves every effect exactly once', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.constantFrom(1, 3, 1000), async (steps, windowsMax) => {
        await using app = testApplication(counting(windowsMax))
        const model = new Model()
        for (const [i, each] of steps.entries()) await take(app, model, each, `${i}`)
        await app.crash()
        for (const id of ids) {
          const { total, heard, order } = app.state(counter.at(id))
          expect({ id, total, heard: new Map(heard), order }).toEqual({
            id,
            total: model.totals.get(id),
            heard: model.heard.get(id),
            order: model.orders.get(id),
          })
        }
        expect(app.emitted(log).map((record) => JSON.stringify(record.value))).toEqual(model.emitted)
        expect(app.deadLetters()).toEqual([])
      }),
      { numRuns: 120, seed: 20_260_501 },
    )
  })

  test('in the midst of a call makes it reject, and the same key tells how it ended', async () => {
    const app = testApplication([accountHandlers], { egress: [alerts] })
    const ends = new Set<string>()
    for (let turns = 0; turns < 60; turns++) {
      const take = () => app.call(account.at('fees').withdraw(0), { idempotencyKey: `${turns}` })
      const first = take().catch((error: unknown) => error)
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      await app.crash()
      const before = await first
      const reply = await take()
      ends.add(before instanceof Error ? 'unknown' : 'answered')
      if (before instanceof Error) expect(before.message).toContain('send it again with the same idempotencyKey')
      else expect(before).toEqual(reply)
      expect(app.state(account.at('fees')).balance).toBe(turns + 1)
    }
    expect(ends).toEqual(new Set(['unknown', 'answered']))
  })

  test('while a handler runs lets it run, and what it answers then does not count', async () => {
    const gated = actor('test/gated', { state: { runs: value(int, { initial: 0 }) }, messages: { go: nothing } })
    let started = 0
    let open = () => {}
    const gate = new Promise<void>((resolve) => (open = resolve))
    const app = testApplication([
      gated.handle({
        async go(ctx) {
          if (started++ === 0) await gate
          ctx.state.runs += 1
        },
      }),
    ])
    const sent = app.send(gated.at('x').go(), { idempotencyKey: 'k' }).catch((error: unknown) => error)
    while (started === 0) await new Promise((resolve) => setImmediate(resolve))
    await app.crash()
    expect(await sent).toBe(undefined)
    expect([started, app.state(gated.at('x')).runs]).toEqual([2, 1])
    open()
    await app.advance('1m')
    await app.crash()
    expect([started, app.state(gated.at('x')).runs]).toEqual([2, 1])
  })
})

type App = ReturnType<typeof testApplication>

const take = async (app: App, model: Model, step: Step, key: string): Promise<void> => {
  if (step.kind === 'advance') {
    model.advance(step.ms)
    return app.advance(step.ms)
  }
  const { kind, id, by, turns } = step
  model.do(kind === 'feed' ? 'add' : kind, id, by)
  const message = kind === 'feed' ? undefined : counter.at(id)[kind](by)
  const act = () => (message ? app.send(message, { idempotencyKey: key }) : app.feed('in', { key: id, value: by }))
  if (turns === undefined) return act()
  const first = act().then(
    () => true,
    () => false,
  )
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
  await app.crash()
  // A client whose connection broke asks again; what lies in the log is read in any case.
  if (!(await first) && message) await act()
}
