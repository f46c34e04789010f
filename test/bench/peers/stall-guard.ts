import { readFileSync } from 'node:fs'
import { isAlive } from '../../../infra/local/is-alive.ts'
import type { RunningPeer } from './peer.ts'

const STALLED_AFTER_MS = 120_000
const TAIL_LINES = 30

/** Fails, with the end of the peer's log, where the peer has ended or what it is told has not changed for two minutes. */
export const stallGuard = ({ pids, logFile }: RunningPeer): ((progress: number) => void) => {
  let [last, sinceMs] = [NaN, performance.now()]
  return (progress) => {
    const nowMs = performance.now()
    if (progress !== last) [last, sinceMs] = [progress, nowMs]
    const ended = !pids.every((pid) => isAlive(pid))
    if (!ended && nowMs - sinceMs < STALLED_AFTER_MS) return
    const log = logFile === undefined ? '' : readFileSync(logFile, 'utf8')
    const tail = log.trimEnd().split('\n').slice(-TAIL_LINES).join('\n')
    throw new Error(`${ended ? 'it has ended' : 'no progress for two minutes'}:\n${tail}`)
  }
}
