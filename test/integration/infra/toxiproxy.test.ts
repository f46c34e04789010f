import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { freePorts } from '../../../infra/local/ports.ts'
import { startToxiproxy } from '../../../infra/local/toxiproxy.ts'
import { listenLocally } from '../support/local-server.ts'

it('passes connections on, delays them, cuts them, and passes them on again', async () => {
  const server = await listenLocally(createServer((_, response) => response.end('here')))
  const toxiproxy = await startToxiproxy()
  const [port] = await freePorts(1)
  const way = await toxiproxy.way('server', port!, `127.0.0.1:${server.port}`)
  const ask = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`, { keepalive: false })).text()
  expect(await ask()).toBe('here')
  const mendSlow = await way.trouble({ type: 'latency', attributes: { latency: 400 } })
  const since = performance.now()
  expect(await ask()).toBe('here')
  expect(performance.now() - since).toBeGreaterThan(390)
  await mendSlow()
  const mendCut = await way.trouble({ type: 'reset_peer', attributes: { timeout: 0 } })
  await expect(ask()).rejects.toThrow()
  await mendCut()
  expect(await ask()).toBe('here')
  await toxiproxy.stop()
  await expect(ask()).rejects.toThrow()
  await server.close()
})
