import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Component } from '../../../infra/local/component.ts'
import { type RealParts, realParts } from '../../../infra/local/parts.ts'
import { createBucket } from '../../../infra/local/minio.ts'
import { freePorts } from '../../../infra/local/ports.ts'
import { examplesOf } from '../../unit/docs/examples.ts'
import { createTopics } from '../support/create-topics.ts'
import { startProducer } from '../support/producer.ts'
import { UserProject } from './user-project.ts'

const millrace = 'node_modules/.bin/millrace'
let user: UserProject
let parts: RealParts
beforeAll(async () => {
  user = await UserProject.make()
  for (const { name, text } of examplesOf('README.md')) await user.write(name, text)
  parts = await realParts()
})
afterAll(() => parts?.stop())

test('each of its entry points is imported by the oldest Node that is here', async () => {
  const names = await user.entryPoints()
  expect(names).toContain('millrace/testing')
  for (const name of names) await user.run(user.node, ['--input-type=module', '-e', `await import('${name}')`])
})

test("the README's example type-checks beside it, its own declarations included", async () => {
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types: [],
    lib: ['es2023', 'dom'],
    target: 'es2023',
  }
  const compilerOptions = { ...options, module: 'nodenext', allowImportingTsExtensions: true }
  const files = ['millrace.config.ts', 'functions/index.ts', 'functions/account.ts']
  await user.write('tsconfig.json', JSON.stringify({ compilerOptions, files }))
  await user.run(process.execPath, [join(process.cwd(), 'node_modules/typescript/bin/tsc'), '-p', '.'])
})

test("the README's test passes", async () => {
  await user.lend('vitest')
  expect(await user.run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run'])).toMatch(/1 passed/)
})

test("the README's application runs on Kafka and a bucket, from the command line", async () => {
  const { kafka, s3 } = parts
  const [functionsPort, httpPort] = await freePorts(2)
  const running: Component[] = []
  try {
    await createBucket(s3, 'bank')
    await createTopics(kafka.brokers, ['deposits', 'bank.dead-letters'], 4)
    await user.write('server.ts', server(functionsPort!))
    await user.run('node_modules/.bin/esbuild', [
      'server.ts',
      '--bundle',
      '--format=esm',
      '--packages=external',
      '--outfile=server.js',
    ])
    running.push(await user.serve('functions', [user.node, 'server.js'], {}, functionsPort!))
    await edit('millrace.config.ts', 'https://bank.example.workers.dev', `http://127.0.0.1:${functionsPort}`)
    await edit('millrace.config.ts', 'kafka-1:9092', kafka.brokers)
    const env = {
      MILLRACE_HTTP_PORT: String(httpPort),
      MILLRACE_STORAGE_ENDPOINT: s3.endpoint,
      AWS_ACCESS_KEY_ID: s3.accessKey,
      AWS_SECRET_ACCESS_KEY: s3.secretKey,
      AWS_REGION: 'us-east-1',
    }
    const coordinator = await user.serve('coordinator', [user.node, millrace, 'start'], env, httpPort!)
    running.push(coordinator)
    const producer = await startProducer(kafka.brokers)
    producer.write([{ topic: 'deposits', key: null, value: JSON.stringify({ to: 'bob', amount: 10 }) }])
    expect(await producer.flush()).toBe(1)
    await producer.close()
    const at = ['--url', `http://127.0.0.1:${httpPort}`]
    const balance = async (): Promise<unknown> =>
      JSON.parse(await user.millrace(['state', 'bank/account/bob', ...at]))?.states?.balance?.value
    await expect.poll(balance, { timeout: 60_000 }).toBe(10)
    const answer = await user.millrace(['call', 'bank/account/bob', 'withdraw', '3', ...at])
    expect(JSON.parse(answer)).toEqual({ ok: true, left: 7 })
    await coordinator.stop()
    expect(await readFile(user.logOf('coordinator'), 'utf8')).toContain('all that was taken in is durable')
  } finally {
    for (const each of running) await each.stop()
  }
})

test("the guide's project runs in workerd by `millrace dev`, which says what it lacks", async () => {
  for (const { name, text } of examplesOf('docs/guide/get-started.md')) await user.write(`site/${name}`, text)
  const dev = [millrace, 'dev', '--config', 'site/millrace.config.ts']
  await expect(user.run(process.execPath, dev)).rejects.toThrow('npm install --save-dev miniflare')
  await user.lend('miniflare')
  const [port] = await freePorts(1)
  const running = await user.serve('dev', [process.execPath, ...dev], { MILLRACE_HTTP_PORT: String(port) }, port!)
  try {
    const at = ['--url', `http://127.0.0.1:${port}`]
    await user.millrace(['send', 'site/visits/home', 'seen', ...at])
    expect(JSON.parse(await user.millrace(['call', 'site/visits/home', 'total', ...at]))).toBe(1)
  } finally {
    await running.stop()
  }
})

const server = (port: number): string => `
import { listen } from 'millrace/node'
import { accountHandlers } from './functions/account.ts'
await listen([accountHandlers], { port: ${port}, host: '127.0.0.1' })
`

const edit = async (name: string, find: string, replace: string): Promise<void> => {
  const text = await readFile(join(user.folder, name), 'utf8')
  expect(text).toContain(find)
  await user.write(name, text.replace(find, replace))
}
