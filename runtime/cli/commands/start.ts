import { resolveSettings } from '../../config/resolve-settings.ts'
import { eventLog } from '../../platform/event-log.ts'
import { prometheusTelemetry } from '../../platform/telemetry.ts'
import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { CommandError, exitCode } from '../exit-code.ts'
import { loadApplication } from '../load-application.ts'
import { runApplication } from '../run-application.ts'
import { startApplication } from '../start-application.ts'

/** `millrace start`: the coordinator alone, for production. */
export const start: Command = {
  usage: 'start [--config millrace.config.ts] [--create] [--out-of-range earliest|latest]',
  about: 'Runs the coordinator. The functions run where the application file says.',
  run: async (args, env) => {
    const options = {
      config: { type: 'string', default: 'millrace.config.ts' },
      create: { type: 'boolean', default: false },
      'out-of-range': { type: 'string' },
    } as const
    const { values } = readArguments(args, start.usage, options)
    const { create } = values
    const whenOutOfRange = values['out-of-range']
    if (whenOutOfRange !== undefined && whenOutOfRange !== 'earliest' && whenOutOfRange !== 'latest')
      throw new CommandError(`--out-of-range is ${whenOutOfRange}; allowed are earliest and latest`, exitCode.usage)
    const { definition } = await loadApplication(values.config)
    const { settings } = resolveSettings(definition, env)
    const format = process.stderr.isTTY ? 'lines' : 'json'
    const telemetry = prometheusTelemetry(eventLog({ level: settings.telemetry.logLevel, format }))
    const topics = settings.log.kind === 'embedded' ? new Map<string, number>() : undefined
    return runApplication(
      () => startApplication({ definition, settings, env, telemetry, create, whenOutOfRange, topics }),
      telemetry.log,
      { started: () => undefined, stopping: () => undefined, ended: () => Promise.resolve() },
    )
  },
}
