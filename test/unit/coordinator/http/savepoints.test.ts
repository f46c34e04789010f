import { expect, test } from 'vitest'
import { parquetFiles } from '../../../../runtime/platform/parquet.ts'
import { eventually } from '../world.ts'
import { httpWorld } from './http-world.ts'

interface Job {
  readonly state: string
  readonly code?: string
  readonly savepoint?: { readonly name: string; readonly functions: readonly { readonly addresses: number }[] }
}

const made = async () => {
  const world = await httpWorld({ app: { savepointFormat: parquetFiles } })
  const job = (name: string): Promise<Job> =>
    eventually(async () => {
      const response = await world.ask(`/admin/savepoints/${name}`)
      expect(response.status).toBe(200)
      const found: Job = JSON.parse(await response.text())
      return found.state !== 'writing' && found
    })
  const stop = async (): Promise<void> => {
    world.release()
    world.running.drain()
    await world.running.ended
    await world.server.close()
  }
  return { ...world, job, stop }
}

test('a savepoint is asked for, written beside the state, and told of once it is complete', async () => {
  const { post, job, stop, store } = await made()
  expect((await post('/call/bank/account/a/deposit', '5')).status).toBe(200)
  const begun = await post('/admin/savepoints/nightly')
  expect([begun.status, await begun.json()]).toEqual([202, { state: 'writing' }])
  expect(await job('nightly')).toMatchObject({
    state: 'written',
    savepoint: { name: 'nightly', functions: [{ typename: 'bank/account', addresses: 1 }] },
  })
  const found: string[] = []
  for await (const { key } of store.list('')) if (key.includes('/savepoints/nightly/')) found.push(key)
  expect(found.some((key) => key.endsWith('/savepoint.json'))).toBe(true)
  await post('/admin/savepoints/nightly')
  expect(await job('nightly')).toMatchObject({ state: 'failed', code: 'SAVEPOINT_EXISTS' })
  await stop()
})

test('a name that leads elsewhere, a second one meanwhile, and one nobody asked for are refused', async () => {
  const { post, ask, job, stop } = await made()
  for (const name of ['..%2Fx', '%2e%2e', 'a%20b', '', 'a/b'])
    expect([name, (await post(`/admin/savepoints/${name}`)).status]).toEqual([name, expect.toSatisfy(isRefusal)])
  const [first, second] = await Promise.all([post('/admin/savepoints/a'), post('/admin/savepoints/b')])
  expect([first.status, second.status]).toEqual([202, 409])
  await job('a')
  expect((await ask('/admin/savepoints/b')).status).toBe(404)
  await stop()
})

test('where no format was given none are taken', async () => {
  const { post, running, release, server } = await httpWorld()
  expect((await post('/admin/savepoints/a')).status).toBe(404)
  release()
  running.drain()
  await running.ended
  await server.close()
})

const isRefusal = (status: number): boolean => status === 400 || status === 404
