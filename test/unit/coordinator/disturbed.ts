import { EndpointError, type FunctionClient } from '../../../runtime/ports/function-client.ts'
import { byKey, counterHandlers, emitted } from './counter.ts'
import { makeWorld, textOf, type WorldOptions } from './world.ts'

/** An endpoint that a test may disturb; requests count what was asked. */
export const disturbed = (act: (request: string, n: number) => Promise<void> | void) => {
  const seen: string[] = []
  const client = (real: FunctionClient): FunctionClient => ({
    ...real,
    invoke: async (body, onBytes, options) => {
      const text = Buffer.from(body).toString('latin1')
      seen.push(text)
      await act(text, seen.length)
      return real.invoke(body, onBytes, options)
    },
  })
  return { seen, client }
}
export const failedWhole = (reason: 'failed' | 'unreachable' | 'too-large') =>
  new EndpointError('ENDPOINT_UNAVAILABLE', reason, `it ${reason}`)
export const quick = { attemptsMax: 3, firstDelayMs: 1, maxDelayMs: 2, onFailure: 'deadLetter' as const }
/** As `counterHandlers`, with few and fast tries. */
export const impatient = (real: FunctionClient): FunctionClient => ({
  ...real,
  discover: async () => {
    const discovery = await real.discover()
    return { ...discovery, functions: discovery.functions.map((spec) => ({ ...spec, failure: quick })) }
  },
})
export const makeRunning = async (options: WorldOptions = {}) => {
  const world = await makeWorld([counterHandlers], { routes: [byKey], ...options })
  const outs = async () => emitted(await world.committed('out'))
  const dead = async () =>
    (await world.committed('dead')).map(({ key, value, headers }) => ({
      key: textOf(key),
      value: textOf(value),
      ...Object.fromEntries(headers.map(([name, text]) => [name.replace('millrace-', ''), textOf(text)])),
    }))
  return { world, outs, dead }
}
