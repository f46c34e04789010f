import { MillraceError } from '../../model/errors.ts'
import { readArguments } from '../arguments.ts'
import { askCoordinator, coordinatorOptions, coordinatorUsage, fieldOf, listOf } from '../ask-coordinator.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { oneLine, textTable } from '../text-table.ts'

const actions = [
  'list [--address a] [--code c] [--max 100]',
  'show <partition>/<offset>',
  'resend <partition>/<offset>… [--first] [--out-of-order]',
]
const options = {
  ...coordinatorOptions,
  address: { type: 'string' },
  code: { type: 'string' },
  max: { type: 'string' },
  first: { type: 'boolean', default: false },
  'out-of-order': { type: 'boolean', default: false },
} as const

const lettersMax = 1_000

/** `millrace dead-letters …`: what failed for good, and sending it to its address once more. */
export const deadLetters: Command = {
  usage: `dead-letters ${actions.join(' | ')} ${coordinatorUsage}`,
  about:
    'What failed for good: lists the newest, shows one, sends some to their addresses once more, each once however often this is done.',
  run: async (args, env) => {
    const { values, positionals } = readArguments(args, deadLetters.usage, options, { min: 1, max: lettersMax + 1 })
    const { address, code, max, first, 'out-of-order': outOfOrder, ...where } = values
    const [action, ...places] = positionals
    const lists = [address, code, max].some((given) => given !== undefined)
    const path = (more: string): string => `admin/dead-letters${more}`
    if (action === 'list' && places.length === 0 && !first && !outOfOrder) {
      const query = new URLSearchParams()
      for (const [name, value] of Object.entries({ address, code, max }))
        if (value !== undefined) query.set(name, value)
      const suffix = query.size === 0 ? '' : `?${query.toString()}`
      show(await askCoordinator(where, env, { method: 'GET', path: path(suffix) }))
      return exitCode.ok
    }
    if (action === 'show' && places.length === 1 && !lists && !first && !outOfOrder) {
      const place = (places[0] ?? '').split('/').map(encodeURIComponent).join('/')
      const letter = await askCoordinator(where, env, { method: 'GET', path: path(`/${place}`) })
      console.log(JSON.stringify(letter, undefined, 2))
      return exitCode.ok
    }
    if (action === 'resend' && places.length > 0 && !lists) {
      const answer = await askCoordinator(where, env, {
        method: 'POST',
        path: path('/resend'),
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ letters: places, first, outOfOrder }),
      })
      for (const each of listOf(answer, 'letters')) console.log(resentLine(each))
      return exitCode.ok
    }
    throw new MillraceError('SETTING_INVALID', `usage: millrace dead-letters\n  ${actions.join('\n  ')}`)
  },
}

const show = (answer: unknown): void => {
  const letters = listOf(answer, 'letters')
  const columns = ['place', 'at', 'address', 'message', 'attempts', 'from', 'code', 'error'] as const
  const rows = letters.map((letter) => columns.map((column) => oneLine(fieldOf(letter, column))))
  process.stdout.write(rows.length === 0 ? 'none\n' : textTable(columns, rows))
  if (fieldOf(answer, 'complete') === false)
    process.stdout.write(`there may be older ones in topic ${String(fieldOf(answer, 'topic'))}\n`)
}

const resentLine = (letter: unknown): string => {
  const addresses = listOf(letter, 'addresses').join(', ')
  const what = fieldOf(letter, 'sent') === true ? 'sent to' : 'had been sent before to'
  return `${String(fieldOf(letter, 'place'))} ${what} ${addresses}`
}
