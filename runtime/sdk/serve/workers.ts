import { MillraceError } from '../../model/errors.ts'
import type { Implementation } from '../actor.ts'
import { serve as serveAnywhere, type ServeOptions } from './serve.ts'

export interface WorkersOptions extends Omit<ServeOptions, 'keys'> {
  /** Answers everybody where no key is set. Without it a Worker without a key answers nobody. */
  readonly allowUnsigned?: boolean
}

/** What a Worker's module exports by default. */
export interface WorkerModule {
  fetch(request: Request, env: unknown): Response | Promise<Response>
}

const setting = 'MILLRACE_SIGNING_KEYS'

/**
 * Serves functions on Cloudflare Workers. The secret MILLRACE_SIGNING_KEYS has the keys: `<id>:<secret>`, or two of them with
 * a comma between. Set it with `wrangler secret put MILLRACE_SIGNING_KEYS`.
 * @example export default serve([accountHandlers])
 */
export const serve = (implementations: readonly Implementation[], options: WorkersOptions = {}): WorkerModule => {
  const { allowUnsigned = false, ...rest } = options
  // A Worker gets its settings with each request, and they change only with a new deployment.
  let made: { keys: string | undefined; fetch: (request: Request) => Response | Promise<Response> } | undefined
  return {
    fetch(request, env) {
      const keys = keysIn(env)
      if (keys === undefined && !allowUnsigned) return refusal()
      if (made === undefined || made.keys !== keys) {
        const app = serveAnywhere(implementations, keys === undefined ? rest : { ...rest, keys })
        made = { keys, fetch: (asked) => app.fetch(asked) }
      }
      return made.fetch(request)
    },
  }
}

const keysIn = (env: unknown): string | undefined => {
  if (typeof env !== 'object' || env === null || !(setting in env)) return undefined
  const keys = env[setting]
  if (typeof keys === 'string') return keys === '' ? undefined : keys
  throw new MillraceError('SETTING_INVALID', `${setting} is no text`)
}

const refusal = (): Response => {
  const message = `this Worker has no key: set the secret ${setting}, or serve with allowUnsigned: true`
  return new Response(JSON.stringify({ message }), { status: 401, headers: { 'content-type': 'application/json' } })
}
