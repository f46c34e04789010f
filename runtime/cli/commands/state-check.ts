import { type Environment, resolveSettings } from '../../config/resolve-settings.ts'
import type { ApplicationDefinition } from '../../config/definition.ts'
import { knownApplication } from '../../log/application.ts'
import { readApplication } from '../../log/read-application.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { loadApplication } from '../load-application.ts'
import { openStore } from '../open-store.ts'
import { passes, reportText } from '../state-check/report-text.ts'
import { type CheckReport, StateCheck } from '../state-check/state-check.ts'
import { storedStates } from '../state-check/stored-state.ts'

/** `millrace state check`: what code would make of the state that is there, before it is deployed. */
export const stateCheck: Command = {
  usage: 'state check [--config millrace.config.ts] [--json] [--allow-unknown] [--errors]',
  about: 'Runs the types and migrations of this code over the committed state, and tells what is left and what fails.',
  run: async (args, env) => {
    const { values } = readArguments(args, stateCheck.usage, {
      config: { type: 'string', default: 'millrace.config.ts' },
      json: { type: 'boolean', default: false },
      'allow-unknown': { type: 'boolean', default: false },
      errors: { type: 'boolean', default: false },
    })
    const { definition } = await loadApplication(values.config)
    const report = await check(definition, env)
    const passed = passes(report, values['allow-unknown'])
    process.stdout.write(
      values.json ? `${reportJson(report, passed, values.errors)}\n` : reportText(report, passed, values.errors),
    )
    return passed ? exitCode.ok : exitCode.failed
  },
}

/** Reads the bucket and writes nothing there: the application may be running meanwhile. */
const check = async (definition: ApplicationDefinition, env: Environment): Promise<CheckReport> => {
  const { settings } = resolveSettings(definition, env)
  const store = openStore(settings.storage, env)
  try {
    const uuid = await knownApplication(store, definition.name)
    const { shard, clockMs } = await readApplication(store, systemClock, uuid)
    const checked = new StateCheck(definition.contracts)
    for (const stored of storedStates(shard, Math.max(clockMs, systemClock.now()))) checked.add(stored)
    return checked.report()
  } finally {
    await store.close()
  }
}

const reportJson = ({ failed, ...report }: CheckReport, passed: boolean, errors: boolean): string =>
  JSON.stringify(
    { passed, ...report, failed: errors ? failed : failed.map(({ said: _, ...failure }) => failure) },
    undefined,
    2,
  )
