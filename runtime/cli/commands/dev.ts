import { join } from 'node:path'
import type { ApplicationDefinition } from '../../config/definition.ts'
import { type Environment, resolveSettings } from '../../config/resolve-settings.ts'
import type { Settings } from '../../config/settings.ts'
import { isLoopback } from '../../coordinator/http/guard.ts'
import { eventLog } from '../../platform/event-log.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { prometheusTelemetry } from '../../platform/telemetry.ts'
import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { LiveView } from '../dev/live-view.ts'
import { type LocalFunctions, serveLocally } from '../dev/local-functions.ts'
import { DevSession } from '../dev/session.ts'
import { type LoadedApplication, loadApplication } from '../load-application.ts'
import { runApplication } from '../run-application.ts'
import { startApplication } from '../start-application.ts'

/** `millrace dev`: everything on this machine. */
export const dev: Command = {
  usage: 'dev [--config millrace.config.ts]',
  about: 'Runs coordinator and functions on this machine, feeds the example, and shows what happens.',
  run: async (args, env) => {
    const { values } = readArguments(args, dev.usage, { config: { type: 'string', default: 'millrace.config.ts' } })
    const loaded = await loadApplication(values.config)
    return runDev(loaded, resolveSettings(loaded.definition, env).settings, env)
  },
}

const runDev = (loaded: LoadedApplication, settings: Settings, env: Environment): Promise<number> => {
  const { definition, dev: options, directory } = loaded
  const view = new LiveView(process.stdout, systemClock, env['NO_COLOR'] === undefined)
  const telemetry = prometheusTelemetry(eventLog({ level: levelOf(settings), format: 'lines', write: view.writer }))
  const session = new DevSession(options, view)
  let local: LocalFunctions | undefined
  return runApplication(
    async () => {
      const entry = options.functions
      if (entry !== undefined) local = await serveLocally(join(directory, entry), telemetry.log)
      else for (const url of remoteEndpoints(definition)) telemetry.log.warn('functions-elsewhere', elsewhere(url))
      return startApplication({
        definition: local?.serving(definition) ?? definition,
        settings: local ? { ...settings, signingKeys: local.signingKeys } : settings,
        env,
        telemetry,
        create: true,
        topics: new Map(options.feeds.map(({ topic, partitions }) => [topic, partitions])),
      })
    },
    telemetry.log,
    {
      started: (application) => session.start(application, definition, telemetry),
      stopping: () => session.stop(),
      ended: async () => {
        session.stop()
        await session.ended()
        await local?.close()
      },
    },
  )
}

const remoteEndpoints = ({ functions }: ApplicationDefinition): readonly string[] =>
  functions.flatMap((each) => (each.kind === 'endpoint' && !isLoopback(hostOf(each.endpoint)) ? [each.endpoint] : []))

/** An IPv6 address stands in brackets in a URL. */
const hostOf = (url: string): string => new URL(url).hostname.replaceAll(/[[\]]/g, '')

const elsewhere = (url: string): string =>
  `functions are called at ${url}; to run them on this machine, let the application file export ` +
  "dev = { functions: './functions/index.ts' }"

/** Above the picture there is room for what went wrong alone. */
const levelOf = ({ telemetry: { logLevel } }: Settings) =>
  process.stdout.isTTY && logLevel === 'info' ? 'warn' : logLevel
