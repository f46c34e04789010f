import { describe, expect, test } from 'vitest'
import { actor, egress, int, json, list, nothing, request, string, TerminalError, value } from 'millrace'
import { testApplication } from 'millrace/testing'
import { account, accountHandlers, alerts } from './bank.ts'

const out = egress('out', json<string>('test/out'))
const flaky = actor('test/flaky', {
  state: { done: list(string), attempts: value(int, { initial: 0 }) },
  messages: { run: string, ask: request(int, int) },
  failure: { attempts: 4, firstDelay: '1s', maxDelay: '1m' },
})

/** Fails until `works` is called; what it did before it failed must leave no trace. */
const flakyHandlers = () => {
  let broken = true
  const tried: number[] = []
  const handlers = flaky.handle({
    run(ctx, text) {
      tried.push(ctx.attempt)
      ctx.state.attempts += 1
      ctx.emit(out, { value: text })
      if (broken && text !== 'good') throw new Error(`cannot do ${text}`)
      ctx.state.done.push(text)
    },
    ask(ctx, successAt) {
      if (ctx.attempt < successAt) throw new Error('not yet')
      return ctx.attempt
    },
  })
  return { handlers, tried, works: () => (broken = false) }
}
const x = flaky.at('x')

describe('a handler that fails', () => {
  test('is tried again as time passes, without effects until it succeeds', async () => {
    const { handlers, tried, works } = flakyHandlers()
    const app = testApplication([handlers], { egress: [out] })
    await app.send(x.run('job'))
    expect(tried).toEqual([1])
    await app.advance('1s')
    await app.crash()
    expect(app.state(x)).toEqual({ done: [], attempts: 0 })
    works()
    await app.advance('2s')
    expect(tried).toEqual([1, 2, 3])
    expect(app.state(x)).toEqual({ done: ['job'], attempts: 1 })
    expect(app.emitted(out)).toEqual([{ key: null, value: 'job' }])
    expect(app.deadLetters()).toEqual([])
  })

  test('is given up after as many attempts as it is allowed', async () => {
    const { handlers, tried } = flakyHandlers()
    const app = testApplication([handlers], { egress: [out] })
    await app.send(x.run('job'))
    await app.advance('1h')
    expect(tried).toEqual([1, 2, 3, 4])
    expect(app.deadLetters()).toEqual([
      {
        code: 'HANDLER_FAILED',
        error: "test/flaky.run of 'x': cannot do job",
        address: 'test/flaky/x',
        message: 'run',
        attempts: 4,
        ingress: undefined,
        key: 'test/flaky/x',
        value: string.encode('job'),
      },
    ])
    expect(app.emitted(out)).toEqual([])
  })

  test('takes back its own effects alone, of the messages that came with it', async () => {
    const { handlers } = flakyHandlers()
    const app = testApplication([handlers], { egress: [out] })
    await Promise.all(['good', 'bad', 'good'].map((text) => app.send(x.run(text))))
    expect(app.state(x).done).toEqual(['good'])
    await app.advance('1h')
    expect(app.state(x)).toEqual({ done: ['good', 'good'], attempts: 2 })
    expect(app.emitted(out).map((record) => record.value)).toEqual(['good', 'good'])
    expect(app.deadLetters()).toHaveLength(1)
  })

  test('does not keep others from their turn', async () => {
    const { handlers } = flakyHandlers()
    const app = testApplication([handlers], { egress: [out] })
    await Promise.all([app.send(x.run('bad')), app.send(flaky.at('y').run('good'))])
    expect(app.state(flaky.at('y')).done).toEqual(['good'])
  })

  test('is waited for by a call, as far as the call’s time goes', async () => {
    const { handlers } = flakyHandlers()
    const app = testApplication([handlers], { egress: [out] })
    expect(await app.call(x.ask(3))).toBe(3)
    await expect(app.call(x.ask(9))).rejects.toMatchObject({
      name: 'TerminalError',
      code: 'HANDLER_FAILED',
      message: expect.stringContaining('not yet'),
    })
  })

  test('makes a call end when its time is over', async () => {
    const patient = actor('test/patient', {
      state: {},
      messages: { ask: request(nothing, int) },
      failure: { attempts: 3, firstDelay: '1h', maxDelay: '1h' },
    })
    const app = testApplication([
      patient.handle({
        ask: ({ attempt }) => {
          if (attempt < 2) throw new Error('not now')
          return attempt
        },
      }),
    ])
    const asked = () => app.call(patient.at('x').ask(), { idempotencyKey: 'k' })
    await expect(asked()).rejects.toThrow("test/patient.ask of 'x': no reply within 30000 ms")
    await app.advance('1h')
    expect(await asked()).toBe(2)
  })
})

describe('a terminal error', () => {
  test('reaches the caller with its code and is tried once', async () => {
    const refusing = actor('test/refusing', { state: {}, messages: { ask: request(int, int) } })
    let runs = 0
    const app = testApplication([
      refusing.handle({
        ask() {
          runs++
          throw new TerminalError('never', { code: 'NEVER' })
        },
      }),
    ])
    const error = await app.call(refusing.at('x').ask(1)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TerminalError)
    expect(error).toMatchObject({ code: 'NEVER', message: 'never' })
    await app.advance('1h')
    expect(runs).toBe(1)
  })

  test('makes a dead letter of a message that nobody waits for', async () => {
    const app = testApplication([accountHandlers], { egress: [alerts] })
    await app.send(account.at('bob').deposit(-1))
    expect(app.deadLetters()).toMatchObject([{ code: 'NEGATIVE', attempts: 1, message: 'deposit' }])
  })
})

describe('an idempotency key', () => {
  test('makes a message count once, also after a crash', async () => {
    const app = testApplication([accountHandlers], { egress: [alerts] })
    const bob = account.at('bob')
    await app.send(bob.deposit(5), { idempotencyKey: 'a' })
    await app.send(bob.deposit(5), { idempotencyKey: 'a' })
    const first = await app.call(bob.withdraw(2), { idempotencyKey: 'b' })
    await app.crash()
    await app.send(bob.deposit(5), { idempotencyKey: 'a' })
    expect(await app.call(bob.withdraw(2), { idempotencyKey: 'b' })).toEqual(first)
    expect(app.state(bob).balance).toBe(3)
  })

  test('is refused for another message', async () => {
    const app = testApplication([accountHandlers], { egress: [alerts] })
    await app.send(account.at('bob').deposit(5), { idempotencyKey: 'a' })
    await expect(app.send(account.at('bob').deposit(6), { idempotencyKey: 'a' })).rejects.toMatchObject({
      code: 'VALUE_INVALID',
      message: expect.stringContaining("bank/account.deposit of 'bob'"),
    })
  })

  test('is forgotten after a day', async () => {
    const app = testApplication([accountHandlers], { egress: [alerts] })
    await app.call(account.at('bob').withdraw(1), { idempotencyKey: 'a' })
    await app.advance('25h')
    await app.call(account.at('bob').withdraw(1), { idempotencyKey: 'a' })
    expect(app.emitted(alerts)).toHaveLength(2)
  })
})
