import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type Client } from 'millrace/client'
import { eventually } from '../world.ts'
import { account, httpWorld } from './http-world.ts'

// The shipped client against the shipped server, over a socket: what each side takes for a payload has to agree.
let world: Awaited<ReturnType<typeof httpWorld>>
let server: (typeof world)['server']
let client: Client
beforeAll(async () => {
  world = await httpWorld({ app: { callTimeoutMs: 200 } })
  server = world.server
  client = connect({ url: server.url })
})
afterAll(async () => {
  world.release()
  world.running.drain()
  await world.running.ended
  await server.close()
})

test('values of every kind arrive and come back, zero and nothing included', async () => {
  await client.send(account.at('a').deposit(0))
  await client.send(account.at('a').deposit(7))
  expect(await client.call(account.at('a').balance())).toBe(7)
  expect(await client.call(account.at('never seen').balance())).toBe(0)
  expect(await client.call(account.at('a').flag(true))).toBe(false)
  expect(await client.call(account.at('a').whole({ n: 4 }))).toEqual({ twice: 8 })
  expect(await client.call(account.at('a').deposit(1))).toBeUndefined()
  const headers = { accept: 'application/octet-stream' }
  const none = await fetch(`${server.url}/call/bank/account/a/clear`, { method: 'POST', headers })
  expect([none.status, none.headers.get('content-type')]).toEqual([200, null])
  await client.send(account.at('a').deposit(8))
  expect(await client.call(account.at('a').echo(new Uint8Array(0)))).toEqual(new Uint8Array(0))
})

/** Longer than the random ids. */
const untouched = account.at('untouched'.padEnd(41, '.'))

test('any id goes through a real server unchanged', async () => {
  const ids = fc.string({ unit: 'binary', maxLength: 40 }).filter((id) => id !== '.' && id !== '..')
  await fc.assert(
    fc.asyncProperty(ids, fc.integer({ min: 1, max: 1_000 }), async (id, amount) => {
      const before = await client.call(account.at(id).balance())
      await client.call(account.at(id).deposit(amount))
      expect(await client.call(account.at(id).balance())).toBe(before + amount)
      const look = () => fetch(`${server.url}/admin/state/bank/account/${encodeURIComponent(id)}`)
      expect(await (await look()).json()).toMatchObject({ address: `bank/account/${id}` })
    }),
    { numRuns: 50 },
  )
})

test('a key makes a message count once', async () => {
  for (let i = 0; i < 3; i++) await client.send(account.at('once').deposit(5), { idempotencyKey: 'order-1' })
  expect(await client.call(account.at('once').balance())).toBe(5)
})

test('errors are those that the client promises', async () => {
  await expect(client.call(account.at('a').refuse('closed'))).rejects.toMatchObject({
    name: 'TerminalError',
    code: 'NO_WAY',
  })
  await expect(client.call(account.at('h').hang())).rejects.toThrow(/no reply in time/)
  const stranger = connect({ url: server.url, token: 'x'.repeat(20) })
  expect(await stranger.call(account.at('a').balance())).toBe(8)
})

test('a client that hangs up leaves nothing waiting behind', async () => {
  const hanging = new AbortController()
  const call = client.call(account.at('b').hang(), { signal: hanging.signal })
  await eventually(() => world.running.endpoints[0]?.messagesInFlight === 2)
  hanging.abort()
  await expect(call).rejects.toThrow()
  expect(await client.call(untouched.balance())).toBe(0)
})

test('a body that is refused before it was read does not break the connection for others', async () => {
  const big = await fetch(`${server.url}/send/bank/account/a/echo`, {
    method: 'POST',
    body: new Uint8Array(3 << 20),
    headers: { 'content-type': 'application/octet-stream' },
  })
  expect(big.status).toBe(413)
  await big.body?.cancel()
  expect(await client.call(untouched.balance())).toBe(0)
})
