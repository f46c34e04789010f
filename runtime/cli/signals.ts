import type { Clock } from '../ports/clock.ts'

/** What a shell tells of a process that a signal ended. */
const codes = { SIGINT: 130, SIGTERM: 143 } as const
/** npm passes on a Ctrl-C that the terminal has sent to all: what comes so soon is the same one again. */
const echoMs = 500

/**
 * Calls `stop` at the first SIGINT or SIGTERM. At the second the process ends at once: what is under way is taken up by the
 * next start, as after a crash.
 */
export const onStopSignal = (clock: Clock, stop: (signal: keyof typeof codes) => void): void => {
  let stoppedAtMs: number | undefined
  const listen = (signal: keyof typeof codes): void => {
    process.on(signal, () => {
      const nowMs = clock.monotonic()
      if (stoppedAtMs === undefined) {
        stoppedAtMs = nowMs
        stop(signal)
      } else if (nowMs - stoppedAtMs > echoMs) process.exit(codes[signal])
    })
  }
  listen('SIGINT')
  listen('SIGTERM')
}
