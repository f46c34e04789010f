import { createHash, timingSafeEqual } from 'node:crypto'
import { MillraceError } from '../../model/errors.ts'
import { HttpError } from './http-error.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Digests have one length, so that comparing takes as long whatever was sent. */
const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

/** Of `localhost:8686` or `[::1]:8686`; undefined for what is no host at all. */
const hostName = (authority: string): string | undefined =>
  /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/
    .exec(authority.toLowerCase())
    ?.slice(1)
    .find((name) => name)

/** Only this machine can reach it, and no other site's name points there in the end. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

/** Static or without anything that is worth hiding: load balancers and browsers cannot send a token with them. */
const openPaths = new Set(['/', '/health', '/ready'])

/** What a request says of itself before its body. */
export interface RequestHead {
  readonly method: string
  /** Of the URL, without the query. */
  readonly path: string
  /** The host that the URL names, where no header does. */
  readonly host: string
  header(name: string): string | undefined
}

/**
 * Who may ask: throws a 401 or 403 for those who may not. With a token: who has it. Without one, which only a loopback address may be: programs of this machine, and
 * its browsers only for pages of our own; neither a foreign site's request nor a foreign name that was made to point at
 * this machine (DNS rebinding) gets through.
 */
export const guard = (bindHost: string, token: string | undefined): ((head: RequestHead) => void) => {
  if (token === undefined && !isLoopback(bindHost.toLowerCase()))
    throw new MillraceError('SETTING_INVALID', `http.host is ${bindHost}, which others can reach: set http.token`)
  if (token === undefined) return refuseForeign
  return (head) => {
    if (!openPaths.has(head.path)) refuseWithout(token, head)
  }
}

const refuseWithout = (token: string, head: RequestHead): void => {
  const given = /^Bearer +(\S+) *$/i.exec(head.header('authorization') ?? '')?.[1]
  if (given !== undefined && sameText(given, token)) return
  const message = given === undefined ? 'send Authorization: Bearer <http.token>' : 'the token is not http.token'
  throw new HttpError(401, 'UNAUTHORIZED', message, { 'www-authenticate': 'Bearer realm="millrace"' })
}

const refuseForeign = (head: RequestHead): void => {
  const host = head.header('host') ?? head.host
  if (!isLoopback(hostName(host) ?? '')) {
    const message = `Host is ${host.slice(0, 200)}: without http.token only localhost is served`
    throw new HttpError(403, 'FORBIDDEN', message)
  }
  if (head.method === 'GET' || head.method === 'HEAD') return
  const origin = head.header('origin')
  const site = head.header('sec-fetch-site')
  const foreign = origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`
  if (foreign || site === 'cross-site' || site === 'same-site')
    throw new HttpError(403, 'FORBIDDEN', 'without http.token no other site may send messages from a browser')
}
