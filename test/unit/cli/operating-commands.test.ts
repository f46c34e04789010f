import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, expect, it, vi } from 'vitest'
import type { Command } from '../../../runtime/cli/command.ts'
import { deadLetters } from '../../../runtime/cli/commands/dead-letters.ts'
import { parked } from '../../../runtime/cli/commands/parked.ts'
import { pause, resume } from '../../../runtime/cli/commands/pause.ts'

afterEach(() => void vi.restoreAllMocks())

/** Runs a command against a server that answers `body`; answers what it asked and what it printed. */
const run = async (command: Command, args: readonly string[], body: unknown = {}) => {
  const asked: string[] = []
  let text = ''
  const server = createServer((request, response) => {
    let sent = ''
    request.on('data', (chunk) => (sent += String(chunk)))
    request.on('end', () => {
      asked.push(`${request.method} ${request.url}${sent && ` ${sent}`}`)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => ((text += String(chunk)), true))
  vi.spyOn(console, 'log').mockImplementation((line) => void (text += `${String(line)}\n`))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  try {
    const code = await command.run([...args, '--url', url], {})
    return { code, asked, text }
  } finally {
    server.close()
  }
}

it.each<[Command, string, string]>([
  [parked, 'list', 'GET /admin/parked'],
  [parked, 'list --function bank/account', 'GET /admin/parked?function=bank%2Faccount'],
  [parked, 'show bank/account/a/b', 'GET /admin/parked/bank/account/a%2Fb'],
  [parked, 'retry bank/account/bob', 'POST /admin/parked/retry/bank/account/bob'],
  [parked, 'retry --all', 'POST /admin/parked/retry'],
  [parked, 'retry --function bank/account', 'POST /admin/parked/retry?function=bank%2Faccount'],
  [parked, 'skip bank/account/bob', 'POST /admin/parked/skip/bank/account/bob'],
  [parked, 'edit-state bank/account/bob balance 5', 'POST /admin/state/bank/account/bob {"state":"balance","value":5}'],
  [parked, 'edit-state a/b/c s --clear', 'POST /admin/state/a/b/c {"state":"s","clear":true}'],
  [parked, 'edit-state a/b/c s --hex 00ff', 'POST /admin/state/a/b/c {"state":"s","value":{"hex":"00ff"}}'],
  [parked, 'edit-state a/b/c s --base64 AP8=', 'POST /admin/state/a/b/c {"state":"s","value":{"base64":"AP8="}}'],
  [pause, 'bank/account', 'POST /admin/pause/bank/account'],
  [resume, 'bank/account/a/b', 'POST /admin/resume/bank/account/a%2Fb'],
  [deadLetters, 'list', 'GET /admin/dead-letters'],
  [deadLetters, 'list --code OOPS --max 5', 'GET /admin/dead-letters?code=OOPS&max=5'],
  [deadLetters, 'show 0/12', 'GET /admin/dead-letters/0/12'],
  [
    deadLetters,
    'resend 0/12 1/3 --first',
    'POST /admin/dead-letters/resend {"letters":["0/12","1/3"],"first":true,"outOfOrder":false}',
  ],
  [
    deadLetters,
    'resend 0/12 --out-of-order',
    'POST /admin/dead-letters/resend {"letters":["0/12"],"first":false,"outOfOrder":true}',
  ],
])('$usage: %s asks for what %s says', async (command, args, asked) => {
  expect(await run(command, args.split(' '))).toMatchObject({ code: 0, asked: [asked] })
})

it.each<[Command, string]>([
  [parked, 'begin'],
  [parked, 'list bank/account/bob'],
  [parked, 'show'],
  [parked, 'retry'],
  [parked, 'retry bank/account/bob --all'],
  [parked, 'retry --all --function bank/account'],
  [parked, 'skip bank/account/bob --all'],
  [parked, 'edit-state bank/account/bob balance'],
  [parked, 'edit-state bank/account/bob balance 5 --clear'],
  [parked, 'edit-state bank/account/bob balance 5 6'],
  [deadLetters, 'resend'],
  [deadLetters, 'resend 0/1 --code x'],
  [deadLetters, 'show 0/1 0/2'],
  [deadLetters, 'list 0/1'],
  [pause, ''],
])('shows the usage of %o instead of doing something for: %s', async (command, args) => {
  await expect(command.run(args.split(' ').filter(Boolean), {})).rejects.toThrow('usage: millrace')
})

it('names what is no JSON, no address and no function', async () => {
  await expect(parked.run(['edit-state', 'a/b/c', 's', 'bob'], {})).rejects.toThrow('bob is not JSON')
  await expect(parked.run(['skip', 'bank'], {})).rejects.toThrow('no address')
  await expect(pause.run(['bank'], {})).rejects.toThrow('neither a function')
})

it('prints who is parked or paused and why, and how many are not shown', async () => {
  const parkedBob = { code: 'OOPS', error: 'two\nlines', since: '2026-01-02T03:04:05.000Z' }
  const { text } = await run(parked, ['list'], {
    pausedFunctions: [{ typename: 'bank/card', since: '2026-01-01T00:00:00.000Z' }],
    total: 12,
    addresses: [{ address: 'bank/account/bob', parked: parkedBob, messages: 7, attempts: 3 }],
  })
  expect(text).toContain('all of bank/card is paused since 2026-01-01')
  expect(text).toMatch(/bank\/account\/bob +parked +2026-01-02T03:04:05.000Z +7 +3 +OOPS: two lines/)
  expect(text).toContain('and 11 more')
  expect((await run(parked, ['list'], { addresses: [], total: 0 })).text).toContain('no address is parked or paused')
})

it('prints dead letters in a line each, and what was sent again', async () => {
  const letter = { place: '0/12', at: 'then', address: 'bank/account/bob', message: 'spend', attempts: 3, code: 'OOPS' }
  const { text } = await run(deadLetters, ['list'], { topic: 'bank.dead', complete: false, letters: [letter] })
  expect(text).toMatch(/0\/12 +then +bank\/account\/bob +spend +3 +OOPS/)
  expect(text).toContain('older ones in topic bank.dead')
  const resent = (sent: boolean) => ({ letters: [{ place: '0/12', sent, addresses: ['bank/account/bob'] }] })
  expect((await run(deadLetters, ['resend', '0/12'], resent(true))).text).toBe('0/12 sent to bank/account/bob\n')
  expect((await run(deadLetters, ['resend', '0/12'], resent(false))).text).toContain('had been sent before')
})
