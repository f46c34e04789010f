import { actor, int, list, value } from 'millrace'
import { testApplication } from 'millrace/testing'
import { expect, test } from 'vitest'

const account = actor('bank/account', {
  state: { balance: value(int, { initial: 0 }), spent: list(int) },
  messages: { deposit: int, spend: int },
  failure: { attempts: 2, firstDelay: '1s', onFailure: 'park' },
})
const bank = () => {
  let overdraft = 0
  const handlers = account.handle({
    deposit(ctx, amount) {
      ctx.state.balance += amount
    },
    spend(ctx, amount) {
      if (ctx.state.balance + overdraft < amount) throw new Error('too poor')
      ctx.state.balance -= amount
      ctx.state.spent.push(amount)
    },
  })
  return { handlers, lend: (amount: number) => (overdraft = amount) }
}
const bob = account.at('bob')

test('a parked address is seen, also after a crash, and runs in order when it is retried after a fix', async () => {
  const { handlers, lend } = bank()
  await using app = testApplication([handlers])
  for (const amount of [5, 1, 2]) await app.send(bob.spend(amount))
  expect(app.parked()).toEqual([])
  await app.advance('1s')
  const parked = { address: 'bank/account/bob', code: 'HANDLER_FAILED', error: "bank/account.spend of 'bob': too poor" }
  expect(app.parked()).toEqual([{ ...parked, messages: 3 }])
  await app.crash()
  await app.advance('24h')
  expect(app.parked()).toEqual([{ ...parked, messages: 3 }])
  lend(100)
  await app.retryParked(bob)
  expect(app.state(bob)).toEqual({ balance: -8, spent: [5, 1, 2] })
  expect([app.parked(), app.deadLetters()]).toEqual([[], []])
})

test('what is skipped is a dead letter, and what is not parked can be neither skipped nor retried', async () => {
  const { handlers } = bank()
  await using app = testApplication([handlers])
  await app.send(bob.spend(5))
  await app.send(bob.deposit(1))
  await app.advance('1s')
  await app.skipParked(bob)
  expect(app.state(bob)).toEqual({ balance: 1, spent: [] })
  expect(app.deadLetters()).toMatchObject([{ code: 'HANDLER_FAILED', message: 'spend', attempts: 2 }])
  for (const act of [app.skipParked(bob), app.retryParked(bob)])
    await expect(act).rejects.toThrow('bank/account/bob is not parked')
})
