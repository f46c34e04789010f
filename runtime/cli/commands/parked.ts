import { readArguments } from '../arguments.ts'
import { askCoordinator, coordinatorOptions, coordinatorUsage, fieldOf, listOf } from '../ask-coordinator.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { textTable } from '../text-table.ts'

/** `millrace parked`: what could not be written to its egress. */
export const parked: Command = {
  usage: `parked ${coordinatorUsage}`,
  about: 'Lists egress records that could never be written: too large, no topic, no right.',
  run: async (args, env) => {
    const { values } = readArguments(args, parked.usage, coordinatorOptions)
    const answer = await askCoordinator(values, env, { method: 'GET', path: 'admin/parked' })
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
