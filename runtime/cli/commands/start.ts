import { resolveSettings } from '../../config/resolve-settings.ts'
import type { Settings } from '../../config/settings.ts'
import { eventLog } from '../../platform/event-log.ts'
import { prometheusTelemetry } from '../../platform/telemetry.ts'
import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { CommandError, exitCode } from '../exit-code.ts'
import { loadApplication } from '../load-application.ts'
import { namedAs } from '../named-as.ts'
import { runApplication } from '../run-application.ts'
import { startApplication } from '../start-application.ts'

/** `millrace start`: the coordinator alone, for production. */
export const start: Command = {
  usage:
    'start [--config millrace.config.ts] [--as application] [--create] [--out-of-range earliest|latest] ' +
    '[--egress hold|redirect]',
  about: 'Runs the coordinator. The functions run where the application file says.',
  run: async (args, env) => {
    const options = {
      config: { type: 'string', default: 'millrace.config.ts' },
      create: { type: 'boolean', default: false },
      'out-of-range': { type: 'string' },
      as: { type: 'string' },
      egress: { type: 'string' },
    } as const
    const { values } = readArguments(args, start.usage, options)
    const { create } = values
    const whenOutOfRange = values['out-of-range']
    if (whenOutOfRange !== undefined && whenOutOfRange !== 'earliest' && whenOutOfRange !== 'latest')
      throw new CommandError(`--out-of-range is ${whenOutOfRange}; allowed are earliest and latest`, exitCode.usage)
    const { egress } = values
    if (egress !== undefined && egress !== 'hold' && egress !== 'redirect')
      throw new CommandError(`--egress is ${egress}; allowed are hold and redirect`, exitCode.usage)
    const loaded = await loadApplication(values.config)
    const definition = namedAs(loaded.definition, values.as)
    const { settings: configured } = resolveSettings(definition, env)
    const settings: Settings = egress ? { ...configured, shadow: { ...configured.shadow, egress } } : configured
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
