import type { Environment } from '../../config/resolve-settings.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { sleep } from '../../ports/clock.ts'
import { askCoordinator, fieldOf, listOf } from '../ask-coordinator.ts'
import { CommandError, exitCode } from '../exit-code.ts'
import { formatBytes } from './format-savepoint.ts'

const pauseMs = 200

/** Asks a running coordinator for a savepoint and waits until it is written. Answers a line about it. */
export const liveSavepoint = async (
  name: string,
  where: Parameters<typeof askCoordinator>[0],
  env: Environment,
): Promise<string> => {
  const path = `admin/savepoints/${encodeURIComponent(name)}`
  await askCoordinator(where, env, { method: 'POST', path })
  for (;;) {
    const job = await askCoordinator(where, env, { method: 'GET', path })
    const state = fieldOf(job, 'state')
    if (state === 'failed')
      throw new CommandError(`${String(fieldOf(job, 'code'))}: ${String(fieldOf(job, 'message'))}`, exitCode.failed)
    if (state === 'written') return lineOf(fieldOf(job, 'savepoint'))
    await sleep(systemClock, pauseMs)
  }
}

const lineOf = (savepoint: unknown): string => {
  const commit = fieldOf(savepoint, 'commit')
  const sum = (list: string, field: string): number =>
    listOf(savepoint, list).reduce<number>((all, each) => all + Number(fieldOf(each, field)), 0)
  return (
    `savepoint ${String(fieldOf(savepoint, 'name'))} of ${String(fieldOf(savepoint, 'application'))} at commit ` +
    `${String(fieldOf(commit, 'log'))}/${String(fieldOf(commit, 'number'))}: ${sum('functions', 'addresses')} addresses, ` +
    `${sum('functions', 'cells')} cells, ${sum('functions', 'messages')} messages waiting, ${formatBytes(sum('files', 'bytes'))}`
  )
}
