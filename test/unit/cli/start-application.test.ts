import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startApplication } from '../../../runtime/cli/start-application.ts'
import { application, embedded, inProcess, kafka, resolveSettings } from '../../../runtime/config/index.ts'
import { openEmbeddedLog } from '../../../runtime/connectors/embedded/embedded-log.ts'
import { nullTelemetry } from '../../../runtime/platform/null-telemetry.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { actor, bytes } from '../../../runtime/sdk/index.ts'

const sink = actor('test/sink', { state: {}, messages: { take: bytes } })

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-start-'))
})
afterEach(() => rm(directory, { recursive: true }))

const listening = async (port: number) => {
  const server = createServer()
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

test('a start that fails leaves neither its port nor its log behind', async () => {
  const port = await listening(0)
  const definition = application('test', {
    storage: embedded({ directory }),
    ingress: { input: kafka({ topic: 'missing', value: bytes }) },
    routes: (route) => [route('input', { by: 'key', to: sink.messages.take })],
    functions: [inProcess([sink.handle({ take: () => undefined })])],
    http: { port },
  })
  const { settings } = resolveSettings(definition, {})
  const options = { definition, settings, env: {}, telemetry: nullTelemetry, create: true, topics: undefined }
  await expect(startApplication(options)).rejects.toMatchObject({ code: 'LOG_TOPIC_MISSING' })
  expect(await listening(port)).toBe(port)
  if (settings.log.kind !== 'embedded') throw new Error('the log is not embedded')
  const log = await openEmbeddedLog({ file: join(settings.log.directory, 'log.sqlite'), clock: systemClock })
  await log.close()
})
