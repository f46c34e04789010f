import { createServer, request as send, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import { listenLocally } from './local-server.ts'

/** How a request fails: the first two before the store has seen it, the others after it took effect. */
const faults = ['refused', 'dropped', 'late-error', 'late-reset'] as const
export type StoreFault = (typeof faults)[number]

export interface FaultyStore {
  readonly url: string
  readonly port: number
  /** How often each fault has happened, and how many requests an outage has refused. */
  readonly happened: ReadonlyMap<StoreFault | 'outage', number>
  readonly requests: number
  /** The share of requests that fail, from 0 to 1; half of them after they took effect. */
  share: number
  /** Everything is answered 503. */
  outage: boolean
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
}

const slowDown = '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>reduce your request rate</Message></Error>'
const broken = '<?xml version="1.0"?><Error><Code>InternalError</Code><Message>try again</Message></Error>'

/** An HTTP server before an S3 store. Requests keep their Host, so that their signatures stay good. */
export const startFaultyStore = async (target: string, seed: string): Promise<FaultyStore> => {
  const random = seededRandom(`${seed}/store`)
  const happened = new Map<StoreFault | 'outage', number>()
  const state = { share: 0, outage: false, requests: 0 }
  const count = <T extends StoreFault | 'outage'>(fault: T): T => {
    happened.set(fault, (happened.get(fault) ?? 0) + 1)
    return fault
  }
  const draw = (): StoreFault | 'outage' | undefined => {
    state.requests++
    const [fails, which] = [random.next(), random.next()]
    if (state.outage) return count('outage')
    return fails < state.share ? count(faults[Math.floor(which * faults.length)]!) : undefined
  }
  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const fault = draw()
      if (fault === 'outage' || fault === 'refused') return fail(response, 503, slowDown)
      if (fault === 'dropped') return void request.socket.resetAndDestroy()
      const { method = 'GET', url = '/', headers } = request
      const answer = await forward(new URL(url, target), method, headers, Buffer.concat(chunks))
      if (fault === 'late-error') return fail(response, 500, broken)
      if (fault === 'late-reset') return void request.socket.resetAndDestroy()
      response.writeHead(answer.status, answer.headers).end(answer.bytes)
    }
    serve().catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  const { url, port, close } = await listenLocally(server)
  return {
    url,
    port,
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
    get outage() {
      return state.outage
    },
    set outage(next) {
      state.outage = next
    },
    close,
  }
}

const fail = (response: ServerResponse, status: number, body: string): void => {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(body)
}

/** A store that is away is passed on as a cut connection. */
const forward = (url: URL, method: string, headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = send(url, { agent: false, method, headers: endToEnd(headers) }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const passed = endToEnd(answer.headers)
        resolve({ status: answer.statusCode ?? 502, headers: passed, bytes: Buffer.concat(chunks) })
      })
    })
    request.on('error', reject)
    request.end(body)
  })

/** Those that are not about one connection. */
const endToEnd = (headers: IncomingHttpHeaders): IncomingHttpHeaders => {
  const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...rest } = headers
  return rest
}
