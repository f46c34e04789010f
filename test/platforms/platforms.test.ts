import { afterEach, describe, expect, test } from 'vitest'
import { int } from 'millrace'
import { EndpointError } from '../../runtime/ports/function-client.ts'
import { encodeBatchRequest } from '../../runtime/protocol/batch-request-writer.ts'
import { ResultReader } from '../../runtime/protocol/result-reader.ts'
import { coordinatorFor } from './coordinator.ts'
import { type Deployment, type DeployOptions, inNode, inThisProcess, inWorkerd } from './deployments.ts'
import { item } from './shop.ts'

type Platform = readonly [name: string, deploy: (options: DeployOptions) => Promise<Deployment>]
const overHttp: readonly Platform[] = [
  ['a Node HTTP server', inNode],
  ['workerd', inWorkerd],
]

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
const deployed = async (deploy: Platform[1], options: DeployOptions = {}): Promise<Deployment> => {
  const deployment = await deploy(options)
  closers.push(() => deployment.close())
  return deployment
}
const started = async (...given: Parameters<typeof coordinatorFor>): ReturnType<typeof coordinatorFor> => {
  const coordinator = await coordinatorFor(...given)
  closers.push(() => coordinator.stop())
  return coordinator
}
const eventually = async (check: () => Promise<boolean>): Promise<void> => {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 5))
}
const failureOf = async (promise: Promise<unknown>): Promise<EndpointError> => {
  const error = await promise.catch((thrown: unknown) => thrown)
  if (error instanceof EndpointError) return error
  throw new Error(`expected an EndpointError, got ${String(error)}`)
}

/** A batch of one message to each of many items. */
const batchOf = (version: string, calls: readonly { message: string; payload?: Uint8Array }[]) =>
  encodeBatchRequest({
    nowMs: 0,
    functions: [
      { typename: 'shop/item', states: version === 'stale' ? [] : ['count', 'buyers', 'seen'], messages: [] },
    ],
    sources: [],
    calls: calls.map(({ message, payload }, i) => ({
      function: 0,
      id: `${i}`,
      state: [],
      messages: [
        {
          name: undefined,
          unknownName: message,
          payload,
          attempt: 1,
          messageId: `${i}`,
          caller: undefined,
          record: undefined,
        },
      ],
    })),
  })

describe.each<Platform>([['this process', inThisProcess], ...overHttp])('in %s', (_, deploy) => {
  test('each record counts once, and effects come back', async () => {
    const coordinator = await started((await deployed(deploy)).client())
    for (let i = 0; i < 2_000; i++) coordinator.feed(`item-${i % 50}`, `buyer-${i % 7}`)
    await eventually(async () => (await coordinator.committed('sold')).length >= 2_000)
    const records = await coordinator.committed('sold')
    expect(records).toHaveLength(2_000)
    const last = new Map(records.map(({ key, value }) => [key, value]))
    for (let i = 0; i < 50; i++) expect(last.get(`item-${i}`)).toBe(JSON.stringify({ item: `item-${i}`, count: 40 }))
    expect(await coordinator.call(item.at('item-3').total())).toBe(40)
    expect(await coordinator.committed('dead')).toEqual([])
  })

  test('errors come back, with what they took back', async () => {
    const coordinator = await started((await deployed(deploy)).client())
    await coordinator.call(item.at('x').shaky())
    expect(await coordinator.call(item.at('x').total())).toBe(1)
    await expect(coordinator.call(item.at('x').refuse())).rejects.toMatchObject({
      code: 'SOLD_OUT',
      message: 'sold out',
    })
  })

  test('the results of those that wait come after the others, in the same answer', async () => {
    const client = (await deployed(deploy)).client()
    const slow = { message: 'slow', payload: int.encode(400) }
    const quick = { message: 'slow', payload: int.encode(0) }
    const reader = new ResultReader(1 << 20)
    const arrivals = new Map<number, number>()
    const begun = performance.now()
    const body = batchOf('first', [slow, ...Array.from({ length: 99 }, () => quick)])
    const onBytes = (bytes: Uint8Array) =>
      reader.push(bytes, ({ call, failed }) => arrivals.set(call, failed ? NaN : performance.now() - begun))
    await client.invoke(body, onBytes, { timeoutMs: 5_000 })
    reader.finish()
    expect(arrivals.size).toBe(100)
    expect(arrivals.get(0)).toBeGreaterThanOrEqual(395)
    arrivals.delete(0)
    expect(Math.max(...arrivals.values())).toBeLessThan(350)
    await client.close()
  })
})

describe.each(overHttp)('over HTTP, in %s', (_, deploy) => {
  const key = 'k1:0123456789abcdef'

  test('signed requests are served, and others are not', async () => {
    const deployment = await deployed(deploy, { keys: `k2:another-secret-of-ours,${key}` })
    const coordinator = await started(deployment.client(key))
    coordinator.feed('a', 'b')
    await eventually(async () => (await coordinator.committed('sold')).length === 1)
    const wrong = [undefined, 'k1:fedcba9876543210', 'k3:0123456789abcdef']
    for (const client of wrong.map((given) => deployment.client(given))) {
      const refused = { code: 'ENDPOINT_UNAVAILABLE', reason: 'unreachable', status: 401 }
      expect(await failureOf(client.discover())).toMatchObject(refused)
      const invoked = client.invoke(batchOf('first', []), () => expect.unreachable(), { timeoutMs: 5_000 })
      expect(await failureOf(invoked)).toMatchObject(refused)
      await client.close()
    }
  })

  test('what is too large for the endpoint is sent in parts', async () => {
    const deployment = await deployed(deploy, { maxBodyBytes: 2_048 })
    const client = deployment.client()
    const large = batchOf('first', [{ message: 'buy', payload: new Uint8Array(3_000) }])
    const refused = client.invoke(large, () => expect.unreachable(), { timeoutMs: 5_000 })
    expect(await failureOf(refused)).toMatchObject({ reason: 'too-large', status: 413 })
    const coordinator = await started(client)
    for (let i = 0; i < 400; i++) coordinator.feed(`item-${i % 100}`, 'somebody')
    await eventually(async () => (await coordinator.committed('sold')).length >= 400)
    expect(await coordinator.committed('sold')).toHaveLength(400)
    expect(await coordinator.committed('dead')).toEqual([])
    expect(coordinator.warnings.join()).toContain('answered 413')
  })

  test('after a deployment that changes the functions everything goes on', async () => {
    const deployment = await deployed(deploy)
    const coordinator = await started(deployment.client())
    for (let i = 0; i < 100; i++) coordinator.feed(`item-${i % 10}`, 'before')
    await eventually(async () => (await coordinator.committed('sold')).length >= 100)
    await deployment.redeploy()
    const client = deployment.client()
    const stale = client.invoke(batchOf('stale', []), () => expect.unreachable(), { timeoutMs: 5_000 })
    expect(await failureOf(stale)).toMatchObject({ reason: 'stale-discovery', status: 409 })
    await client.close()
    for (let i = 0; i < 100; i++) coordinator.feed(`item-${i % 10}`, 'after')
    await eventually(async () => (await coordinator.committed('sold')).length >= 200)
    expect(await coordinator.call(item.at('item-3').total())).toBe(20)
    expect(coordinator.warnings.join()).toContain('answered 409')
    expect(await coordinator.committed('dead')).toEqual([])
  })
})
