import { typenameOf } from '../../model/address.ts'
import type { FunctionSpec, MessageSpec } from '../../model/function-spec.ts'
import type { RunningCoordinator } from '../running.ts'
import { HttpError, retryLater } from './http-error.ts'

/** Where a request wants its message to go. */
export interface Target {
  readonly typename: string
  readonly id: string
  readonly message: string
  /** Undefined where the function takes messages that it does not declare. */
  readonly spec: MessageSpec | undefined
}

/** The path of a URL, or of a request's target, which has an origin only where a proxy wrote it. Without the query. */
export const pathOf = (url: string): string => {
  const path = url.startsWith('/') ? url : (/^[a-z]+:\/\/[^/?#]*(\/.*)/i.exec(url)?.[1] ?? '/')
  const end = path.search(/[?#]/)
  return end < 0 ? path : path.slice(0, end)
}

/**
 * The parts of a path, each decoded by itself, so that an id may have a slash in it. Taken from the URL as it came: a
 * router's idea of a path has lost which slashes were encoded.
 */
export const pathParts = (url: string, count: number, form: string): readonly string[] => {
  const path = pathOf(url).slice(1)
  const parts = path.split('/')
  if (parts.length === count)
    try {
      return parts.map((part) => (part.includes('%') ? decodeURIComponent(part) : part))
    } catch {
      throw new HttpError(400, 'VALUE_INVALID', `the path is not percent-encoded UTF-8: ${path.slice(0, 200)}`)
    }
  throw new HttpError(404, 'NOT_FOUND', `no such path; it is written ${form}, with a / in the id as %2F`)
}

/** Finds what is addressed. Throws a 404 that names what there is instead. */
export const targetOf = (running: RunningCoordinator, kind: 'send' | 'call', url: string): Target => {
  const [, namespace = '', name = '', id = '', message = ''] = pathParts(
    url,
    5,
    `/${kind}/<namespace>/<name>/<id>/<message>`,
  )
  const typename = typenameOf({ namespace, name, id })
  const spec = messageSpec(functionSpec(running, typename), message)
  return { typename, id, message, spec }
}

const functionSpec = ({ endpoints }: RunningCoordinator, typename: string): FunctionSpec => {
  for (const { specs } of endpoints) {
    const spec = specs.get(typename)
    if (spec) return spec
  }
  const endpoint = endpoints.find(({ binding }) => binding.typenames.includes(typename))
  if (endpoint) {
    const message = `${endpoint.binding.endpoint} does not serve ${typename} now`
    throw new HttpError(503, 'ENDPOINT_UNAVAILABLE', message, retryLater)
  }
  const bound = list(endpoints.flatMap(({ binding }) => binding.typenames))
  const message = `no function ${typename} is bound in this application; it has: ${bound}`
  throw new HttpError(404, 'FUNCTION_UNKNOWN', message)
}

const messageSpec = (spec: FunctionSpec, message: string): MessageSpec | undefined => {
  const declared = spec.messages.find(({ name }) => name === message)
  if (declared || spec.otherwise) return declared
  const known = list(spec.messages.map(({ name }) => name))
  throw new HttpError(
    404,
    'MESSAGE_UNKNOWN',
    `${spec.typename} has no message ${message.slice(0, 200)}; it has: ${known}`,
  )
}

const shownMax = 50
const list = (names: readonly string[]): string =>
  names.length === 0
    ? 'none'
    : names.slice(0, shownMax).join(', ') + (names.length > shownMax ? ` and ${names.length - shownMax} more` : '')
