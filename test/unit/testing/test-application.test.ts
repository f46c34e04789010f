import { describe, expect, test } from 'vitest'
import { egress, TerminalError } from 'millrace'
import { application, endpoint, inProcess, kafka } from 'millrace/config'
import { testApplication } from 'millrace/testing'
import { account, accountHandlers, Alert, alerts, Transfer } from './bank.ts'

describe('testApplication', () => {
  test('runs the example of the SDK', async () => {
    const app = testApplication([accountHandlers], { egress: [alerts] })
    await app.send(account.at('bob').deposit(10))
    expect(await app.call(account.at('bob').withdraw(3))).toEqual({ ok: true, left: 7 })
    await app.advance('24h')
    await app.crash()
    expect(app.state(account.at('bob')).balance).toBe(7)
    expect(app.state(account.at('fees')).balance).toBe(1)
    expect(app.emitted(alerts)).toEqual([])
    expect(await app.call(account.at('bob').withdraw(8))).toEqual({ ok: false, left: 7 })
    expect(app.emitted(alerts)).toEqual([{ key: 'bob', value: { account: 'bob', left: 7 } }])
    await app.close()
  })
})
