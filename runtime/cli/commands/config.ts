import { describeSettings } from '../../config/describe-settings.ts'
import { resolveSettings } from '../../config/resolve-settings.ts'
import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { loadApplication } from '../load-application.ts'

/** `millrace config`: which settings are in force. */
export const config: Command = {
  usage: 'config [--config millrace.config.ts]',
  about: 'Prints every setting that is in force, and where it was set. Secrets are masked.',
  run: async (args, env) => {
    const { values } = readArguments(args, config.usage, {
      config: { type: 'string', default: 'millrace.config.ts' },
    })
    const { definition } = await loadApplication(values.config)
    process.stdout.write(describeSettings(resolveSettings(definition, env)))
    return exitCode.ok
  },
}
