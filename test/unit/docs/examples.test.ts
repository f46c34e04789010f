import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { afterAll, describe, expect, test } from 'vitest'
import { type Example, removeExamples, writeExamples } from './examples.ts'

const root = join(import.meta.dirname, '../../..')
const examples = writeExamples()
afterAll(removeExamples)
const named = (page: string, name: string): Example => {
  const found = examples.find((example) => example.page === page && example.name === name)
  if (found) return found
  throw new Error(`${page} has no block called ${name}`)
}

test('every example of the documentation compiles', () => {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root)
  const paths = examples.map(({ path }) => path)
  expect(paths.length).toBeGreaterThan(5)
  const program = ts.createProgram(paths, { ...options, noEmit: true, noUnusedLocals: false })
  const problems = ts.getPreEmitDiagnostics(program).filter(({ file }) => file && paths.includes(file.fileName))
  expect(problems.map(described)).toEqual([])
})

const described = ({ file, start = 0, messageText }: ts.Diagnostic): string => {
  const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
  return `${relative(root, file?.fileName ?? '')}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
}

// What an example itself tests is run here as it stands.
for (const { page, name, path } of examples)
  if (name.endsWith('.test.ts')) describe(`${page}, ${name}`, async () => void (await import(path)))

describe('docs/guide/deploy-handlers.md', () => {
  const page = 'docs/guide/deploy-handlers.md'
  const load = (name: string): Promise<Record<string, unknown>> => import(named(page, name).path)
  interface Served {
    fetch(request: Request, env?: unknown): Response | Promise<Response>
  }

  test.each<[string, string, string, unknown]>([
    ['functions/worker.ts', 'default', '/', {}],
    ['functions/app.ts', 'app', '/functions', undefined],
  ])('%s serves, and refuses what is not signed', async (name, exported, path, env) => {
    const served = (await load(name))[exported] as Served
    expect((await served.fetch(new Request(`https://demo.test${path}`), env)).status).toBe(401)
  })

  test('functions/server.ts serves until it is told to stop', async () => {
    const server = spawn(process.execPath, ['--conditions=source', named(page, 'functions/server.ts').path], {
      env: { ...process.env, PORT: '0', MILLRACE_SIGNING_KEYS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [said] = await once(server.stdout, 'data')
      const url = /serving on (\S+)/.exec(String(said))?.[1] ?? ''
      const document: unknown = await (await fetch(url)).json()
      expect(document).toMatchObject({ functions: [{ typename: 'demo/counter' }] })
      server.kill('SIGTERM')
      expect((await once(server, 'exit'))[0]).toBe(0)
    } finally {
      server.kill('SIGKILL')
    }
  })

  test('millrace.config.ts is an application', async () => {
    expect((await load('millrace.config.ts'))['default']).toMatchObject({ kind: 'application', name: 'demo' })
  })
})

test('docs/guide/write-an-actor.md: its actors do what the page says', async () => {
  const { testApplication } = await import('millrace/testing')
  const page = 'docs/guide/write-an-actor.md'
  const { account, accountHandlers, alerts } = await import(named(page, 'functions/account.ts').path)
  const { order, orderHandlers } = await import(named(page, 'functions/order.ts').path)
  const app = testApplication([accountHandlers, orderHandlers], { egress: [alerts] })
  for (let i = 0; i < 12; i++) await app.send(account.at('bob').deposit(i + 1))
  expect(app.state(account.at('bob'))).toEqual({ balance: 78, recent: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12] })
  await app.send(order.at('1').place({ buyer: 'bob', price: 70 }))
  await app.send(order.at('2').place({ buyer: 'bob', price: 70 }))
  await app.advance('1h')
  expect(app.state(order.at('1'))).toEqual({ status: 'paid' })
  expect(app.state(order.at('2'))).toEqual({ status: 'too poor' })
  expect(app.state(account.at('fees'))).toMatchObject({ balance: 2 })
  expect(app.emitted(alerts)).toEqual([{ key: 'bob', value: { account: 'bob', reason: 'overdrawn' } }])
  await expect(app.call(account.at('bob').withdraw('1'))).rejects.toThrow('bank/account.withdraw')
  await app.send(account.at('bob').deposit(0))
  expect(app.deadLetters()).toMatchObject([{ code: 'AMOUNT' }])
})
