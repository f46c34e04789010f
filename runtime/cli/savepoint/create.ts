import { copySavepoint } from '../../log/savepoint/copy-savepoint.ts'
import type { WantedCommit } from '../../log/savepoint/commit-state.ts'
import { savepointName } from '../../log/savepoint/savepoint-name.ts'
import { readArguments } from '../arguments.ts'
import { coordinatorOptions, coordinatorUsage } from '../ask-coordinator.ts'
import type { Command } from '../command.ts'
import { CommandError, exitCode } from '../exit-code.ts'
import { savepointLine } from './format-savepoint.ts'
import { liveSavepoint } from './live-savepoint.ts'
import { offlineSavepoint } from './offline-savepoint.ts'
import { pastSavepoint } from './past-savepoint.ts'
import { applicationOptions, applicationUsage, SavepointSession } from './savepoint-session.ts'

const createOptions = {
  ...applicationOptions,
  ...coordinatorOptions,
  to: { type: 'string' },
  offline: { type: 'boolean', default: false },
  at: { type: 'string' },
  'at-time': { type: 'string' },
} as const

export const create: Command = {
  usage:
    `savepoint create <name> [--to place] [--offline | --at log/number | --at-time time] ` +
    `${applicationUsage} ${coordinatorUsage}`,
  about:
    'Takes a savepoint: of the coordinator at --url while it runs, of an application that nobody runs, or of a commit ' +
    'of the past. It is kept in the application’s bucket, or in a directory or s3://bucket/prefix.',
  run: async (args, env) => {
    const { values, positionals } = readArguments(args, create.usage, createOptions, { min: 1, max: 1 })
    const name = savepointName(positionals[0] ?? '')
    const past = pastOf(values.at, values['at-time'])
    if (past && values.offline) throw new CommandError('--offline goes with neither --at nor --at-time', exitCode.usage)
    if (!past && !values.offline && values.to === undefined) {
      const written = await liveSavepoint(name, values, env)
      console.log(written)
      return exitCode.ok
    }
    const description = await SavepointSession.during(values, env, async (session) => {
      const folder = await session.folderFor(name, values.to)
      await folder.prepare()
      if (past) return pastSavepoint(session, name, folder, past)
      if (values.offline) return offlineSavepoint(session, name, folder)
      await liveSavepoint(name, values, env)
      const written = await session.folder(name)
      const copied = await copySavepoint(written, folder)
      await written.delete()
      return copied
    })
    console.log(savepointLine(description))
    return exitCode.ok
  },
}

const pastOf = (at: string | undefined, time: string | undefined): WantedCommit | undefined => {
  if (at !== undefined && time !== undefined)
    throw new CommandError('--at and --at-time name one commit: give one of them', exitCode.usage)
  if (at !== undefined) {
    const [, log, number] = /^([0-9a-f]{32})\/(\d{1,12})$/.exec(at) ?? []
    if (log === undefined) throw new CommandError(`--at ${at}: write it log/number`, exitCode.usage)
    return { log, number: Number(number) }
  }
  if (time === undefined) return undefined
  const untilMs = Date.parse(time)
  if (Number.isNaN(untilMs))
    throw new CommandError(`--at-time ${time}: write it as 2026-11-21T13:00:00Z`, exitCode.usage)
  return { untilMs }
}
