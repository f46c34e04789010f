import type { CoordinatorHolder } from './options.ts'

/** Why no work can be given to this process now; empty when it can. */
export const reasonsUnready = (holder: CoordinatorHolder): readonly string[] => {
  const running = holder()
  if (!running) return ['the coordinator is starting: recovering, or waiting for its functions to answer']
  if (running.state === 'ended') return ['the coordinator has ended']
  const reasons: string[] = []
  if (running.state === 'draining') reasons.push('the coordinator is stopping')
  else if (running.refusing !== undefined) reasons.push(running.refusing)
  for (const { binding, specs, lastError } of running.endpoints) {
    const missing = binding.typenames.filter((typename) => !specs.has(typename))
    if (missing.length === 0) continue
    const why = lastError === undefined ? '' : `: ${lastError}`
    reasons.push(`${binding.endpoint} has not been found to serve ${missing.join(', ')}${why}`)
  }
  return reasons
}
