import { testApplication } from 'millrace/testing'
import { expect, it } from 'vitest'
import { account, accountHandlers } from './account.ts'

it('takes a withdrawal that the balance allows, and its fee, once, whatever fails', async () => {
  await using app = testApplication([accountHandlers])
  await app.send(account.at('bob').deposit(10))
  expect(await app.call(account.at('bob').withdraw(3), { idempotencyKey: 'w1' })).toEqual({ ok: true, left: 7 })
  await app.crash()
  expect(await app.call(account.at('bob').withdraw(3), { idempotencyKey: 'w1' })).toEqual({ ok: true, left: 7 })
  expect(app.state(account.at('bob')).balance).toBe(7)
  expect(app.state(account.at('fees')).balance).toBe(1)
})

it('refuses more than there is', async () => {
  await using app = testApplication([accountHandlers])
  expect(await app.call(account.at('bob').withdraw(3))).toEqual({ ok: false, left: 0 })
  expect(app.state(account.at('fees')).balance).toBe(0)
})
