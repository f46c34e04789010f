import { readApplication } from '../../log/read-application.ts'
import { loadSavepoint } from '../../log/savepoint/load-savepoint.ts'
import { parquetFiles } from '../../platform/parquet.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { Shard } from '../../shard/shard.ts'
import { readArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { SavepointSession } from '../savepoint/savepoint-session.ts'
import { passes, reportText } from '../state-check/report-text.ts'
import { type CheckReport, StateCheck } from '../state-check/state-check.ts'
import { storedStates } from '../state-check/stored-state.ts'

/** `millrace state check`: what code would make of the state that is there, before it is deployed. */
export const stateCheck: Command = {
  usage: 'state check [--savepoint s] [--config millrace.config.ts] [--json] [--allow-unknown] [--errors]',
  about: 'Runs the types and migrations of this code over the committed state, and tells what is left and what fails.',
  run: async (args, env) => {
    const { values } = readArguments(args, stateCheck.usage, {
      config: { type: 'string', default: 'millrace.config.ts' },
      savepoint: { type: 'string' },
      json: { type: 'boolean', default: false },
      'allow-unknown': { type: 'boolean', default: false },
      errors: { type: 'boolean', default: false },
    })
    const report = await SavepointSession.during({ config: values.config }, env, (session) =>
      check(session, values.savepoint),
    )
    const passed = passes(report, values['allow-unknown'])
    process.stdout.write(
      values.json ? `${reportJson(report, passed, values.errors)}\n` : reportText(report, passed, values.errors),
    )
    return passed ? exitCode.ok : exitCode.failed
  },
}

/** Reads the bucket, or a savepoint, and writes nothing there: the application may be running meanwhile. */
const check = async (session: SavepointSession, savepoint: string | undefined): Promise<CheckReport> => {
  const { shard, clockMs } = savepoint === undefined ? await present(session) : await saved(session, savepoint)
  const checked = new StateCheck(session.definition.contracts)
  for (const stored of storedStates(shard, Math.max(clockMs, systemClock.now()))) checked.add(stored)
  return checked.report()
}

interface Stored {
  readonly shard: Shard
  readonly clockMs: number
}

const present = async (session: SavepointSession): Promise<Stored> =>
  readApplication(session.store, systemClock, await session.uuid())

const saved = async (session: SavepointSession, savepoint: string): Promise<Stored> => {
  const folder = await session.folder(savepoint)
  const description = await folder.described()
  const { shard } = await loadSavepoint(folder, description, parquetFiles)
  return { shard, clockMs: description.clockMs }
}

const reportJson = ({ failed, ...report }: CheckReport, passed: boolean, errors: boolean): string =>
  JSON.stringify(
    { passed, ...report, failed: errors ? failed : failed.map(({ said: _, ...failure }) => failure) },
    undefined,
    2,
  )
