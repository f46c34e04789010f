/** What a shell tells of a process that a signal ended. */
const codes = { SIGINT: 130, SIGTERM: 143 } as const

/**
 * Calls `stop` at the first SIGINT or SIGTERM. At the second the process ends at once: what is under way is taken up by the
 * next start, as after a crash.
 */
export const onStopSignal = (stop: (signal: keyof typeof codes) => void): void => {
  let stopping = false
  const listen = (signal: keyof typeof codes): void => {
    process.on(signal, () => {
      if (stopping) process.exit(codes[signal])
      stopping = true
      stop(signal)
    })
  }
  listen('SIGINT')
  listen('SIGTERM')
}
