import { join } from 'node:path'
import { resolveSettings } from '../../config/resolve-settings.ts'
import { eventLog } from '../../platform/event-log.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { prometheusTelemetry } from '../../platform/telemetry.ts'
import { parseSigningKeys } from '../../protocol/signing-keys.ts'
import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { Feeder } from '../dev/feeder.ts'
import { type LocalFunctions, serveLocally } from '../dev/local-functions.ts'
import { loadApplication } from '../load-application.ts'
import { runApplication } from '../run-application.ts'
import { startApplication } from '../start-application.ts'
import { newSigningKey } from './keys.ts'

/** `millrace dev`: everything on this machine. */
export const dev: Command = {
  usage: 'dev [--config millrace.config.ts]',
  about: 'Runs coordinator and functions on this machine, feeds the example, and shows what happens.',
  run: async (args, env) => {
    const { values } = readArguments(args, dev.usage, { config: { type: 'string', default: 'millrace.config.ts' } })
    const { definition, dev: options, directory } = await loadApplication(values.config)
    const { settings } = resolveSettings(definition, env)
    const telemetry = prometheusTelemetry(eventLog({ level: settings.telemetry.logLevel, format: 'lines' }))
    let local: LocalFunctions | undefined
    let feeders: readonly Feeder[] = []
    let fed: Promise<unknown> = Promise.resolve()
    return runApplication(
      async () => {
        const key = newSigningKey()
        const entry = options.functions
        if (entry !== undefined) local = await serveLocally(join(directory, entry), key, telemetry.log)
        return startApplication({
          definition: local?.serving(definition) ?? definition,
          settings: local ? { ...settings, signingKeys: parseSigningKeys(key, 'dev') } : settings,
          env,
          telemetry,
          create: true,
          topics: new Map(options.feeds.map(({ topic, partitions }) => [topic, partitions])),
        })
      },
      telemetry.log,
      {
        started: ({ log }) => {
          feeders = options.feeds.map((feed) => new Feeder(feed, log, systemClock, telemetry.log))
          fed = Promise.all(feeders.map((feeder) => feeder.run()))
        },
        stopping: () => feeders.forEach((feeder) => feeder.stop()),
        ended: async () => {
          feeders.forEach((feeder) => feeder.stop())
          await fed
          await local?.close()
        },
      },
    )
  },
}
