import { listSavepoints } from '../../log/savepoint/list-savepoints.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { textTable } from '../text-table.ts'
import { formatBytes, formatTime } from './format-savepoint.ts'
import { applicationOptions, applicationUsage, SavepointSession } from './savepoint-session.ts'

export const list: Command = {
  usage: `savepoint list [--in place] [--json] ${applicationUsage}`,
  about: 'Lists the savepoints of the application, or those of a directory or s3://bucket/prefix.',
  run: async (args, env) => {
    const options = {
      ...applicationOptions,
      in: { type: 'string' },
      json: { type: 'boolean', default: false },
    } as const
    const { values } = readArguments(args, list.usage, options)
    const found = await SavepointSession.during(values, env, async (session) => {
      const { store, prefix } = await session.savepoints(values.in)
      return listSavepoints(store, systemClock, prefix)
    })
    if (values.json) console.log(JSON.stringify(found, undefined, 2))
    else if (found.length === 0) console.log('none')
    else
      process.stdout.write(
        textTable(
          ['name', 'application', 'commit', 'of', 'created', 'size', ''],
          found.map(({ name, bytes, description, problem }) => [
            name,
            description?.application,
            description && `${description.commit.log.slice(0, 8)}/${description.commit.number}`,
            description && formatTime(description.clockMs),
            description && formatTime(description.createdMs),
            formatBytes(bytes),
            problem,
          ]),
        ),
      )
    return exitCode.ok
  },
}
