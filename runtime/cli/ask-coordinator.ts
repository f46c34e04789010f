import type { Environment } from '../config/resolve-settings.ts'
import { MillraceError, messageOf } from '../model/errors.ts'
import { CommandError, exitCode } from './exit-code.ts'

/** Options of every command that asks a running coordinator. */
export const coordinatorOptions = {
  url: { type: 'string', default: 'http://127.0.0.1:8686' },
  token: { type: 'string' },
} as const

export const coordinatorUsage = '[--url http://127.0.0.1:8686] [--token …]'

export interface Question {
  readonly method: 'GET' | 'POST'
  /** Already percent-encoded, without a slash at its beginning. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

const timeoutMs = 20 * 60_000
const yours = new Set([400, 401, 403, 404, 405, 409, 413, 415])

/** Asks the coordinator at `url`; the token is that of --token, else of MILLRACE_HTTP_TOKEN. */
export const askCoordinator = async (
  { url, token }: { readonly url: string; readonly token?: string | undefined },
  env: Environment,
  { method, path, headers = {}, body }: Question,
): Promise<unknown> => {
  const bearer = token ?? env['MILLRACE_HTTP_TOKEN']
  const response = await answered(url, () =>
    fetch(`${url.replace(/\/+$/, '')}/${path}`, {
      method,
      headers: { accept: 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }), ...headers },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && { body }),
    }),
  )
  const text = await answered(url, () => response.text())
  const answer = parsed(text)
  if (response.ok) return answer
  const { code, message } = told(answer)
  const what = `${code ?? response.status}: ${message ?? text.slice(0, 200)}`
  throw new CommandError(what, yours.has(response.status) ? exitCode.usage : exitCode.failed)
}

const answered = async <T>(url: string, ask: () => Promise<T>): Promise<T> => {
  try {
    return await ask()
  } catch (error) {
    const because = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error)
    const message = `no coordinator answers at ${url} (${because}): start it, or name it with --url`
    throw new MillraceError('ENDPOINT_UNAVAILABLE', message, { cause: error })
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const told = (answer: unknown): { code: string | undefined; message: string | undefined } => {
  const of = (name: string): string | undefined => {
    const value = fieldOf(answer, name)
    return typeof value === 'string' ? value : undefined
  }
  return { code: of('code'), message: of('message') }
}

/** A property of what may be anything. */
export const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined

/** A property that should be a list; anything else is an empty one. */
export const listOf = (value: unknown, name: string): readonly unknown[] => {
  const list = fieldOf(value, name)
  return Array.isArray(list) ? list : []
}
