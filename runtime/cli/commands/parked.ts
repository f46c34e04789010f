import type { Environment } from '../../config/resolve-settings.ts'
import { MillraceError } from '../../model/errors.ts'
import { addressPath } from '../address-path.ts'
import { readArguments } from '../arguments.ts'
import { askCoordinator, coordinatorOptions, coordinatorUsage, fieldOf, listOf } from '../ask-coordinator.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { oneLine, textTable } from '../text-table.ts'

const options = {
  ...coordinatorOptions,
  function: { type: 'string' },
  all: { type: 'boolean', default: false },
  clear: { type: 'boolean', default: false },
  hex: { type: 'string' },
  base64: { type: 'string' },
} as const

const actions = [
  'list [--function namespace/name]',
  'show <address>',
  'retry <address>|--function namespace/name|--all',
  'skip <address>',
  'edit-state <address> <state> <json>|--hex …|--base64 …|--clear',
]

/** `millrace parked …`: addresses that wait behind a message that failed, or because they are paused. */
export const parked: Command = {
  usage: `parked ${actions.join(' | ')} ${coordinatorUsage}`,
  about:
    'Addresses that are parked behind a failed message, or paused: who and why, what waits; has them go on, with or without that message; writes their state.',
  run: async (args, env) => {
    const { values, positionals } = readArguments(args, parked.usage, options, { min: 1, max: 4 })
    const [action, address, state, json, ...more] = positionals
    const { function: typename, all, clear, hex, base64, ...where } = values
    const given = { typename, all, clear, hex, base64 }
    const set = Object.entries(given).flatMap(([name, value]) => (value === undefined || value === false ? [] : [name]))
    const asked = (count: number, ...allowed: string[]): boolean =>
      positionals.length === count && set.every((name) => allowed.includes(name)) && more.length === 0
    const ask = new Asking(where, env)
    if (action === 'list' && asked(1, 'typename')) return ask.list(typename)
    if (action === 'show' && address !== undefined && asked(2)) return ask.show(address)
    if (action === 'skip' && address !== undefined && asked(2)) return ask.goOn('skip', address)
    if (action === 'retry' && address !== undefined && asked(2)) return ask.goOn('retry', address)
    if (action === 'retry' && set.length === 1 && asked(1, 'typename', 'all')) return ask.retryAll(typename)
    if (action === 'edit-state' && address !== undefined && state !== undefined) {
      const written = editOf(json, given)
      if (written && asked(json === undefined ? 3 : 4, 'clear', 'hex', 'base64'))
        return ask.edit(address, { state, ...written })
    }
    throw new MillraceError('SETTING_INVALID', `usage: millrace parked\n  ${actions.join('\n  ')}`)
  },
}

/** What is to be written; undefined where it is not said exactly once. */
const editOf = (
  json: string | undefined,
  { clear, hex, base64 }: { clear: boolean; hex: string | undefined; base64: string | undefined },
): object | undefined => {
  const said = [json, hex, base64, clear || undefined].filter((each) => each !== undefined)
  if (said.length !== 1) return undefined
  if (hex !== undefined) return { value: { hex } }
  if (base64 !== undefined) return { value: { base64 } }
  if (json === undefined) return { clear: true }
  try {
    const value: unknown = JSON.parse(json)
    return { value }
  } catch {
    throw new MillraceError('VALUE_INVALID', `${json.slice(0, 100)} is not JSON: a text is written '"…"'`)
  }
}

class Asking {
  private readonly where: Parameters<typeof askCoordinator>[0]
  private readonly env: Environment

  constructor(where: Parameters<typeof askCoordinator>[0], env: Environment) {
    this.where = where
    this.env = env
  }

  async list(typename: string | undefined): Promise<number> {
    const query = typename === undefined ? '' : `?function=${encodeURIComponent(typename)}`
    const answer = await askCoordinator(this.where, this.env, { method: 'GET', path: `admin/parked${query}` })
    for (const each of listOf(answer, 'pausedFunctions'))
      process.stdout.write(
        `all of ${String(fieldOf(each, 'typename'))} is paused since ${String(fieldOf(each, 'since'))}\n`,
      )
    const addresses = listOf(answer, 'addresses')
    const rows = addresses.map((each) => {
      const why = fieldOf(each, 'parked')
      const paused = fieldOf(each, 'pausedSince')
      return [
        fieldOf(each, 'address'),
        [why && 'parked', paused && 'paused'].filter(Boolean).join(', '),
        fieldOf(why, 'since') ?? paused,
        fieldOf(each, 'messages'),
        fieldOf(each, 'attempts'),
        oneLine(why ? `${String(fieldOf(why, 'code'))}: ${String(fieldOf(why, 'error'))}` : ''),
      ]
    })
    const head = ['address', 'is', 'since', 'messages', 'attempts', 'why']
    process.stdout.write(rows.length === 0 ? 'no address is parked or paused\n' : textTable(head, rows))
    const total = Number(fieldOf(answer, 'total'))
    if (total > rows.length) process.stdout.write(`and ${total - rows.length} more\n`)
    return exitCode.ok
  }

  async show(address: string): Promise<number> {
    const path = `admin/parked/${addressPath(address)}`
    console.log(JSON.stringify(await askCoordinator(this.where, this.env, { method: 'GET', path }), undefined, 2))
    return exitCode.ok
  }

  async goOn(action: 'retry' | 'skip', address: string): Promise<number> {
    const path = `admin/parked/${action}/${addressPath(address)}`
    const answer = await askCoordinator(this.where, this.env, { method: 'POST', path })
    const without = action === 'skip' ? ' without the failed message, which is among the dead letters now' : ''
    console.log(`${address} goes on${without}; messages that wait: ${String(fieldOf(answer, 'messages'))}`)
    return exitCode.ok
  }

  async retryAll(typename: string | undefined): Promise<number> {
    const query = typename === undefined ? '' : `?function=${encodeURIComponent(typename)}`
    const path = `admin/parked/retry${query}`
    const answer = await askCoordinator(this.where, this.env, { method: 'POST', path })
    console.log(`addresses that go on: ${String(fieldOf(answer, 'retried'))}`)
    return exitCode.ok
  }

  async edit(address: string, body: object): Promise<number> {
    await askCoordinator(this.where, this.env, {
      method: 'POST',
      path: `admin/state/${addressPath(address)}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    console.log(`written; see millrace state ${address}`)
    return exitCode.ok
  }
}
