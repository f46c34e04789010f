import type { Restored } from '../../coordinator/restore-savepoint.ts'
import type { RestoredPositions } from '../../coordinator/restore-positions.ts'
import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { CommandError, exitCode } from '../exit-code.ts'
import { savepointLine } from './format-savepoint.ts'
import { runRestore } from './run-restore.ts'
import { applicationOptions, SavepointSession } from './savepoint-session.ts'

const restoreOptions = {
  ...applicationOptions,
  'max-parallelism': { type: 'string' },
  rename: { type: 'string', multiple: true },
  drop: { type: 'string', multiple: true },
  positions: { type: 'string', default: 'keep' },
  position: { type: 'string', multiple: true },
  replace: { type: 'boolean', default: false },
} as const

export const restore: Command = {
  usage:
    'savepoint restore <savepoint> [--as application] [--replace] [--rename old=new]… [--drop old]… ' +
    '[--positions keep|start] [--position topic/partition=offset]… [--max-parallelism n] [--config millrace.config.ts]',
  about: 'Makes a new application of a savepoint, which `millrace start` then runs.',
  run: async (args, env) => {
    const { values, positionals } = readArguments(args, restore.usage, restoreOptions, { min: 1, max: 1 })
    const wanted = {
      savepoint: positionals[0] ?? '',
      as: values.as,
      renamed: pairsOf(values.rename ?? []),
      dropped: new Set(values.drop ?? []),
      positions: positionsOf(values.positions, values.position ?? []),
      maxParallelism: values['max-parallelism'],
      replace: values.replace,
    }
    const { restored, application } = await SavepointSession.during({ config: values.config }, env, (session) =>
      runRestore(session, wanted, env),
    )
    process.stdout.write(text(restored, application))
    return exitCode.ok
  },
}

const pairsOf = (renames: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    renames.map((rename) => {
      const [old, name, ...more] = rename.split('=')
      if (old && name && more.length === 0) return [old, name] as const
      throw new CommandError(`--rename ${rename}: write it old/function=new/function`, exitCode.usage)
    }),
  )

const positionsOf = (from: string, offsets: readonly string[]): RestoredPositions => {
  if (from !== 'keep' && from !== 'start')
    throw new CommandError(`--positions is ${from}; allowed are keep and start`, exitCode.usage)
  return {
    from,
    offsets: offsets.map((given) => {
      const [, topic, partition, offset] = /^([A-Za-z0-9._-]{1,249})\/(\d{1,7})=(\d{1,15})$/.exec(given) ?? []
      if (topic === undefined)
        throw new CommandError(`--position ${given}: write it topic/partition=offset`, exitCode.usage)
      return { topic, partition: Number(partition), offset: Number(offset) }
    }),
  }
}

const text = ({ uuid, savepoint, dropped, unreadIngresses }: Restored, application: string): string => {
  const left = Object.entries(dropped).flatMap(([what, count]) => (count === 0 ? [] : `${count} ${what}`))
  return [
    `restored ${savepointLine(savepoint)}\n`,
    ...(left.length === 0 ? [] : [`left out with the functions that were dropped: ${left.join(', ')}\n`]),
    ...unreadIngresses.map((name) => `nothing reads ingress ${name} of the savepoint: its positions are not used\n`),
    `the application ${application} is new (${uuid}); start it with: millrace start --as ${application}\n`,
  ].join('')
}
