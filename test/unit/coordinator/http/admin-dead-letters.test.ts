import { afterEach, expect, test } from 'vitest'
import { eventually } from '../world.ts'
import { httpWorld } from './http-world.ts'

const worlds: Awaited<ReturnType<typeof httpWorld>>[] = []
const open = async () => {
  const world = await httpWorld({
    settings: { failure: { attemptsMax: 1, firstDelayMs: 1, maxDelayMs: 1, onFailure: 'deadLetter' } },
  })
  worlds.push(world)
  const json = async (path: string): Promise<unknown> => (await world.ask(path)).json()
  const resend = async (body: object) => {
    const answer = await world.post('/admin/dead-letters/resend', JSON.stringify(body))
    return [answer.status, (await answer.json()) as unknown] as const
  }
  await world.post('/send/bank/account/bob/spend', '5')
  const letters = await eventually(async () => {
    const listed = (await json('/admin/dead-letters')) as { letters: { place: string }[] }
    return listed.letters.length > 0 && listed.letters
  })
  return { ...world, json, resend, letters }
}
afterEach(async () => {
  for (const { running, server } of worlds.splice(0)) {
    running.drain()
    await running.ended
    await server.close()
  }
})

test('lists what failed for good and why, without values, which one that is asked for shows', async () => {
  const { json, ask, letters } = await open()
  const letter = {
    place: expect.stringMatching(/^\d\/0$/),
    at: expect.stringMatching(/Z$/),
    code: 'HANDLER_FAILED',
    error: expect.stringContaining('too poor'),
    address: 'bank/account/bob',
    message: 'spend',
    messageId: expect.any(String),
    attempts: 1,
    from: null,
    caller: null,
    key: 'bank/account/bob',
    valueBytes: 5,
  }
  expect(letters).toEqual([letter])
  expect(await json(`/admin/dead-letters/${letters[0]?.place}`)).toEqual({
    ...letter,
    value: '\r\u0005\u0000\u0000\u0000',
  })
  expect(await json('/admin/dead-letters?code=OTHER')).toEqual({ topic: 'dead', complete: true, letters: [] })
  expect(await json('/admin/dead-letters?address=bank/account/bob')).toMatchObject({ letters: [letter] })
  for (const wrong of ['?max=0', '?max=x', '/0/x', '/99999999999/0'])
    expect((await ask(`/admin/dead-letters${wrong}`)).status).toBe(400)
  expect((await ask('/admin/dead-letters/0/77')).status).toBe(404)
})

test('sends one to its address once more where order may be given up, and says so where it may not', async () => {
  const { resend, letters, post, json } = await open()
  await post('/call/bank/account/bob/deposit', '8')
  const places = letters.map(({ place }) => place)
  expect(await resend({ letters: places })).toEqual([
    409,
    { code: 'ORDER_LOST', message: expect.stringContaining('--out-of-order') },
  ])
  const sent = (again: boolean) => [
    200,
    { letters: [{ place: places[0], sent: !again, addresses: ['bank/account/bob'] }] },
  ]
  expect(await resend({ letters: places, outOfOrder: true })).toEqual(sent(false))
  expect(await resend({ letters: places, outOfOrder: true })).toEqual(sent(true))
  await eventually(async () => {
    const { states } = (await json('/admin/state/bank/account/bob')) as { states: { balance?: { value: number } } }
    return states.balance?.value === 3
  })
  expect((await resend({ letters: places, outOfOrder: true, first: true }))[0]).toBe(200)
  for (const body of [{ letters: [] }, { letters: ['x'] }, { letters: [5] }, { letters: places, outOfOrder: 1 }, {}])
    expect((await resend(body))[0]).toBe(400)
})
