// A coordinator in a process of its own, to be killed: `node coordinator-process.ts APPLICATION_FILE`, settings from the
// environment. Prints JSON lines: {"event":"starting"}, {"event":"started"}, {"event":"ended"} or {"event":"failed"}, and
// {"event":"view"} for each line on standard input, which is a list of typenames whose state is asked for.
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { compile, isApplication, resolveSettings } from 'millrace/config'
import type { RunningCoordinator } from '../../../runtime/coordinator/running.ts'
import { startCoordinator } from '../../../runtime/coordinator/start.ts'
import { isMillraceError, messageOf } from '../../../runtime/model/errors.ts'
import { eventLog } from '../../../runtime/platform/event-log.ts'
import { prometheusTelemetry } from '../../../runtime/platform/telemetry.ts'
import { openParts } from './open-parts.ts'
import { shardView } from './shard-view.ts'

const exitCodes = { drained: 0, fenced: 3, failed: 1 } as const
const tell = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`)

const main = async (file: string): Promise<number> => {
  const loaded: { default?: unknown } = await import(pathToFileURL(file).href)
  if (!isApplication(loaded.default)) throw new Error(`${file} exports no application`)
  const definition = loaded.default
  const { settings } = resolveSettings(definition, process.env)
  const telemetry = prometheusTelemetry(eventLog({ level: settings.telemetry.logLevel, format: 'json' }))
  tell({ event: 'starting' })
  const { parts } = await openParts(definition, settings, telemetry)
  const topology = compile(definition, settings.limits)
  const running = await startCoordinator(topology, { ...settings, createApplication: true }, parts)
  tell({ event: 'started' })
  process.on('SIGTERM', () => running.drain())
  answer(running)
  const end = await running.ended
  tell({ event: 'ended', end })
  return exitCodes[end]
}

const answer = (running: RunningCoordinator): void => {
  createInterface({ input: process.stdin }).on('line', (line) => {
    const typenames: unknown = JSON.parse(line)
    if (!Array.isArray(typenames)) throw new Error(`no list of typenames: ${line}`)
    running
      .read((shard) => shardView(shard, typenames.map(String)))
      .then((view) => tell({ event: 'view', view }))
      .catch((error: unknown) => tell({ event: 'view', message: messageOf(error) }))
  })
}

main(process.argv[2] ?? '').then(
  // What is still open must not keep the process: all that counts is durable.
  (code) => process.exit(code),
  (error: unknown) => {
    tell({ event: 'failed', code: isMillraceError(error) ? error.code : undefined, message: messageOf(error) })
    console.error(error)
    process.exit(exitCodes.failed)
  },
)
