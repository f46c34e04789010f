import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startComponent, type Component } from '../../../infra/local/component.ts'

export interface PeerProcess {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly dir: string
  /** Finds, in what it prints, that it is ready; its first group may be the time, as Date reads it. */
  readonly ready: RegExp
  readonly missing: string
}

const READY_WITHIN_MS = 120_000

/** Runs a process of a peer, which ends with this one at the latest. */
export const startPeerProcess = async (
  plan: PeerProcess,
): Promise<{ readonly component: Component; readonly readyMs: number; readonly logFile: string }> => {
  const logFile = join(plan.dir, `${plan.name}.log`)
  const found = (): RegExpExecArray | null =>
    existsSync(logFile) ? plan.ready.exec(readFileSync(logFile, 'utf8')) : null
  const component = await startComponent({
    ...plan,
    logFile,
    detached: false,
    ready: async () => found() !== null,
    readyWithinMs: READY_WITHIN_MS,
  })
  const time = found()?.[1]
  const readyMs = time === undefined ? Date.now() : /^\d+$/.test(time) ? Number(time) : Date.parse(time)
  return { component, readyMs, logFile }
}
