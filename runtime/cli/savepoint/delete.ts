import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { applicationOptions, applicationUsage, SavepointSession } from './savepoint-session.ts'

export const remove: Command = {
  usage: `savepoint delete <savepoint> ${applicationUsage}`,
  about: 'Removes a savepoint.',
  run: async (args, env) => {
    const { values, positionals } = readArguments(args, remove.usage, applicationOptions, { min: 1, max: 1 })
    await SavepointSession.during(values, env, async (session) => {
      const folder = await session.folder(positionals[0] ?? '')
      // One whose description is damaged can be removed all the same.
      await folder.known()
      await folder.delete()
    })
    return exitCode.ok
  },
}
