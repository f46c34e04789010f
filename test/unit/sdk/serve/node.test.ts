import { Agent, request } from 'node:http'
import { expect, it } from 'vitest'
import { actor, nothing } from 'millrace'
import { listen } from 'millrace/node'
import { encodeBatchRequest } from '../../../../runtime/protocol/batch-request-writer.ts'
import { batchMediaType } from '../../../../runtime/protocol/media-type.ts'
import { callMessage, readResults } from '../invoke.ts'

const contract = actor('test/a', { state: {}, messages: { go: nothing } })
const batch = encodeBatchRequest({
  nowMs: 0,
  functions: [{ typename: 'test/a', states: [], messages: ['go'] }],
  sources: [],
  calls: [{ function: 0, id: 'x', state: [], messages: [callMessage(['go'], 'go', undefined)] }],
})

const post = (url: string, agent: Agent): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers: { 'content-type': batchMediaType } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks)))
    })
    sent.on('error', reject)
    sent.end(batch)
  })

it('answers what runs before it closes, kept-alive connections included', async () => {
  let started = () => {}
  const running = new Promise<void>((resolve) => (started = resolve))
  let finish = () => {}
  const gate = new Promise<void>((resolve) => (finish = resolve))
  const server = await listen([contract.handle({ go: () => (started(), gate.then(() => undefined)) })], { port: 0 })
  const agent = new Agent({ keepAlive: true })
  const answer = post(server.url, agent)
  await running
  const closed = server.close()
  finish()
  expect(readResults(await answer).map(({ call }) => call)).toEqual([0])
  const before = performance.now()
  await closed
  expect(performance.now() - before).toBeLessThan(2_000)
  await expect(post(server.url, new Agent())).rejects.toThrow('ECONNREFUSED')
  agent.destroy()
})

it('refuses to be open to others without a key', async () => {
  const implementation = contract.handle({ go: () => undefined })
  await expect(listen([implementation], { port: 0, host: '0.0.0.0' })).rejects.toThrow('set keys')
  const keys = 'k1:0123456789abcdef'
  await (await listen([implementation], { port: 0, host: '0.0.0.0', keys })).close()
})

it('names the port that it cannot have', async () => {
  const implementation = contract.handle({ go: () => undefined })
  const first = await listen([implementation], { port: 0 })
  await expect(listen([implementation], { port: first.port })).rejects.toThrow(
    `cannot listen on 127.0.0.1:${first.port}`,
  )
  await first.close()
})
