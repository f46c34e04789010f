import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import { batchMediaType } from '../../../runtime/protocol/media-type.ts'
import { listenLocally } from './local-server.ts'

/**
 * What can become of a request: it is refused before a handler sees it, or the handlers ran and the answer is spoilt.
 * `trailing`: good results with rubbish behind them. `stall` is within the time-out, `hang` beyond it.
 */
const faults = [
  'refused',
  'error',
  'late-error',
  'content-type',
  'cut-off',
  'garbage',
  'trailing',
  'reset',
  'stall',
  'hang',
] as const
export type Fault = (typeof faults)[number]

export interface FaultyProxy {
  readonly url: string
  /** How often each fault has happened. */
  readonly happened: ReadonlyMap<Fault, number>
  /** Requests with a batch so far. */
  readonly requests: number
  /** Changes the share of requests that meet a fault, from 0 to 1. */
  share: number
  close(): Promise<void>
}

// No beginning of it can be read as a result: as a length it is beyond every bound.
const rubbish = Buffer.alloc(64, 0xff)

/**
 * An HTTP server before `target` that spoils a share of the requests for batches; discovery always goes through. Which
 * faults come in which order is drawn from the seed.
 */
export const startFaultyProxy = async (target: string, seed: string, share: number): Promise<FaultyProxy> => {
  const random = seededRandom(`${seed}/proxy`)
  const happened = new Map<Fault, number>()
  const state = { share, requests: 0 }

  const draw = (): Fault | undefined => {
    state.requests++
    const [spoilt, which] = [random.next(), random.next()]
    if (spoilt >= state.share) return undefined
    const fault = faults[Math.floor(which * faults.length)]!
    happened.set(fault, (happened.get(fault) ?? 0) + 1)
    return fault
  }
  const server = createServer((request, response) => {
    const fault = request.method === 'POST' ? draw() : undefined
    const waitMs = 200 + random.next() * 1_800
    serve(request, response, target, fault, waitMs).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  const { url, close } = await listenLocally(server)
  return {
    url: `${url}/`,
    happened,
    get requests() {
      return state.requests
    },
    get share() {
      return state.share
    },
    set share(next) {
      state.share = next
    },
    close,
  }
}

const serve = async (
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  fault: Fault | undefined,
  waitMs: number,
): Promise<void> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  if (fault === 'refused') return void response.writeHead(503).end('overloaded')
  if (fault === 'error') return void response.writeHead(500, { 'content-type': 'text/plain' }).end('no handler ran')
  if (fault === 'stall') await sleep(waitMs)
  const headers = Object.fromEntries(
    ['content-type', 'accept'].flatMap((name) => {
      const value = request.headers[name]
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
  const body = request.method === 'POST' ? Buffer.concat(chunks) : null
  const answer = await fetch(target, { method: request.method ?? 'GET', headers, body })
  const bytes = Buffer.from(await answer.arrayBuffer())
  if (fault === 'hang') await sleep(waitMs + 2_500)
  if (fault === 'reset') return void response.destroy()
  if (fault === 'late-error') return void response.writeHead(500).end('the handlers ran')
  if (fault === 'content-type') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
  if (fault === 'garbage') return void response.writeHead(200, { 'content-type': batchMediaType }).end(rubbish)
  response.writeHead(answer.status, headersOf(answer))
  if (fault === 'cut-off') {
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)))
    await sleep(5)
    return void response.destroy()
  }
  response.write(bytes)
  response.end(fault === 'trailing' ? rubbish : undefined)
}

const headersOf = (answer: Response): Record<string, string> => {
  const kept: Record<string, string> = {}
  for (const name of ['content-type', 'millrace-version']) {
    const value = answer.headers.get(name)
    if (value !== null) kept[name] = value
  }
  return kept
}
