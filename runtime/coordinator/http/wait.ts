import type { Clock } from '../../ports/clock.ts'
import type { RunningCoordinator } from '../running.ts'
import { whenEnded } from './ended.ts'

export type Waited<T> = { readonly kind: 'answer'; readonly value: T } | { readonly kind: 'timeout' | 'ended' | 'gone' }

/** Waits for an answer of a coordinator no longer than the client does, the coordinator lives, or `timeoutMs`. */
export const wait = <T>(
  answer: Promise<T>,
  running: RunningCoordinator,
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Waited<T>> =>
  new Promise((resolve, reject) => {
    const gone = (): void => end({ kind: 'gone' })
    const cancelTimeout = clock.after(timeoutMs, () => end({ kind: 'timeout' }))
    const cancelEnded = whenEnded(running, () => end({ kind: 'ended' }))
    const release = (): void => {
      cancelTimeout()
      cancelEnded()
      signal.removeEventListener('abort', gone)
    }
    const end = (waited: Waited<T>): void => {
      release()
      resolve(waited)
    }
    if (signal.aborted) return gone()
    signal.addEventListener('abort', gone)
    answer.then(
      (value) => end({ kind: 'answer', value }),
      (error: unknown) => {
        release()
        reject(error instanceof Error ? error : new Error(String(error)))
      },
    )
  })
