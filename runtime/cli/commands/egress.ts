import type { Environment } from '../../config/resolve-settings.ts'
import { readArguments } from '../arguments.ts'
import { askCoordinator, coordinatorOptions, coordinatorUsage, fieldOf, listOf } from '../ask-coordinator.ts'
import { MillraceError } from '../../model/errors.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { textTable } from '../text-table.ts'

/** `millrace egress list`: what could not be written to its topic; `millrace egress retry` writes it after all. */
export const egress: Command = {
  usage: `egress list|retry [--topic t] ${coordinatorUsage}`,
  about:
    '`list`: egress records that could never be written: too large, no topic, no right. `retry` emits them once more.',
  run: async (args, env) => {
    const options = { ...coordinatorOptions, topic: { type: 'string' } } as const
    const { values, positionals } = readArguments(args, egress.usage, options, { min: 1, max: 1 })
    const [action] = positionals
    if (action === 'retry') return retry(values, env)
    if (action !== 'list' || values.topic !== undefined)
      throw new MillraceError('SETTING_INVALID', `usage: millrace ${egress.usage}`)
    const answer = await askCoordinator(values, env, { method: 'GET', path: 'admin/egress' })
    const keyOf = (record: unknown): unknown => {
      const key = fieldOf(record, 'key')
      return typeof key === 'string' ? key : JSON.stringify(key)
    }
    const records = listOf(answer, 'records')
    const rows = records.map((record) => [
      fieldOf(record, 'topic'),
      keyOf(record),
      fieldOf(record, 'valueBytes'),
      fieldOf(record, 'reason'),
    ])
    const total = Number(fieldOf(answer, 'total'))
    process.stdout.write(total === 0 ? 'none\n' : textTable(['topic', 'key', 'value bytes', 'why'], rows))
    if (total > rows.length) process.stdout.write(`and ${total - rows.length} more\n`)
    return exitCode.ok
  },
}

const retry = async (
  { topic, ...values }: Parameters<typeof askCoordinator>[0] & { readonly topic?: string | undefined },
  env: Environment,
): Promise<number> => {
  const query = topic === undefined ? '' : `?topic=${encodeURIComponent(topic)}`
  const answer = await askCoordinator(values, env, { method: 'POST', path: `admin/egress/retry${query}` })
  const retried = Number(fieldOf(answer, 'retried'))
  process.stdout.write(`${retried} emitted once more; \`millrace egress list\` lists what is refused again\n`)
  return exitCode.ok
}
