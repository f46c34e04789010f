import { type Dispatcher, Pool } from 'undici'
import type { Discovery } from '../model/function-spec.ts'
import { EndpointError, type FunctionClient, type InvokeEnd, type InvokeOptions } from '../ports/function-client.ts'
import { brokenOff, refusalOf } from './endpoint-failure.ts'
import { httpDeadline } from './http-deadline.ts'

export interface HttpFunctionClientOptions {
  /** Where the functions are served, as `https://bank.example.workers.dev/functions`. */
  readonly url: string
  /** Reads discovery's answer; throws what is to be told of one that is wrong. */
  readonly parseDiscovery: (json: unknown) => Discovery
  /** Headers that prove a request to be ours; undefined: requests go unsigned. */
  readonly sign: ((request: RequestToSign) => Promise<Readonly<Record<string, string>>>) | undefined
  /** Connections at once. Default 64. */
  readonly connectionsMax?: number
  readonly discoveryTimeoutMs?: number
  /** Default 512 MiB. */
  readonly answerBytesMax?: number
}

export interface RequestToSign {
  readonly method: 'GET' | 'POST'
  /** Without the query. */
  readonly path: string
  readonly body: Uint8Array
}

// docs/wire-protocol.md. The protocol folder has the same, which platform/ may not import.
const batchMediaType = 'application/vnd.millrace.batch.v1+protobuf'
const versionHeader = 'millrace-version'

const connectTimeoutMs = 5_000
const discoveryBytesMax = 8 << 20
const detailCharsMax = 200
const noBody = new Uint8Array(0)

class HttpFunctionClient implements FunctionClient {
  private readonly options: HttpFunctionClientOptions
  private readonly url: URL
  private readonly pool: Pool
  /** Without what a URL may hold of secrets. */
  private readonly name: string

  constructor(options: HttpFunctionClientOptions) {
    this.options = options
    this.url = new URL(options.url)
    this.name = `endpoint ${this.url.origin}${this.url.pathname}`
    this.pool = new Pool(this.url.origin, {
      connections: options.connectionsMax ?? 64,
      connect: { timeout: connectTimeoutMs },
      // One deadline holds for the whole of a request, see http-deadline.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  async discover(): Promise<Discovery> {
    const timeoutMs = this.options.discoveryTimeoutMs ?? 10_000
    const parts: Uint8Array[] = []
    const collect = (bytes: Uint8Array): void => void parts.push(bytes)
    const accept = { accept: 'application/json' }
    await this.request('GET', noBody, accept, isJson, discoveryBytesMax, collect, { timeoutMs })
    return this.options.parseDiscovery(this.parsed(Buffer.concat(parts).toString('utf8')))
  }

  async invoke(request: Uint8Array, onBytes: (bytes: Uint8Array) => void, options: InvokeOptions): Promise<InvokeEnd> {
    const bytesMax = this.options.answerBytesMax ?? 512 << 20
    const headers = { 'content-type': batchMediaType, accept: batchMediaType }
    const answer = await this.request('POST', request, headers, isBatch, bytesMax, onBytes, options)
    return { version: headerOf(answer, versionHeader) }
  }

  async close(): Promise<void> {
    await this.pool.destroy()
  }

  private async request(
    method: 'GET' | 'POST',
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
    isExpected: (mediaType: string) => boolean,
    bytesMax: number,
    onBytes: (bytes: Uint8Array) => void,
    { timeoutMs, signal }: InvokeOptions,
  ): Promise<Dispatcher.ResponseData> {
    const deadline = httpDeadline(timeoutMs, this.name, signal)
    try {
      const signed = (await this.options.sign?.({ method, path: this.url.pathname, body })) ?? {}
      const answer = await this.connected(deadline.signal, {
        method,
        path: this.url.pathname + this.url.search,
        headers: { ...headers, ...this.authorization(), ...signed },
        body: method === 'POST' ? body : null,
      })
      if (answer.statusCode !== 200) throw refusalOf(answer.statusCode, await detailOf(answer), this.name)
      await this.checkMediaType(answer, isExpected)
      await this.readBody(answer, bytesMax, onBytes)
      return answer
    } finally {
      deadline.end()
    }
  }

  private async connected(
    signal: AbortSignal,
    options: Omit<Dispatcher.RequestOptions, 'signal'>,
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await this.pool.request({ ...options, signal })
    } catch (error) {
      throw brokenOff(error, this.name)
    }
  }

  private async checkMediaType(answer: Dispatcher.ResponseData, isExpected: (type: string) => boolean): Promise<void> {
    const given = headerOf(answer, 'content-type') ?? 'none'
    if (isExpected(given.split(';', 1)[0]!.trim().toLowerCase())) return
    const text = `${this.name} answered with content type ${given} (${await detailOf(answer)}): check the endpoint's URL`
    throw new EndpointError('ENDPOINT_PROTOCOL', 'failed', text, { status: 200 })
  }

  private async readBody(
    answer: Dispatcher.ResponseData,
    bytesMax: number,
    onBytes: (bytes: Uint8Array) => void,
  ): Promise<void> {
    const chunks = answer.body[Symbol.asyncIterator]()
    let bytes = 0
    try {
      for (let next = await this.nextChunk(chunks); next; next = await this.nextChunk(chunks)) {
        bytes += next.length
        if (bytes > bytesMax) {
          const text = `${this.name} answered more than ${bytesMax} bytes`
          throw new EndpointError('ENDPOINT_PROTOCOL', 'failed', text, { status: 200 })
        }
        onBytes(next)
      }
    } catch (error) {
      answer.body.destroy()
      throw error
    }
  }

  /** Apart from the caller's own errors, which go through as they are. */
  private async nextChunk(chunks: AsyncIterator<unknown>): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await chunks.next()
      return done || !(value instanceof Uint8Array) ? undefined : value
    } catch (error) {
      throw brokenOff(error, this.name)
    }
  }

  private parsed(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new EndpointError('ENDPOINT_PROTOCOL', 'failed', `${this.name} answered discovery with what is no JSON`, {
        cause: error,
        status: 200,
      })
    }
  }

  private authorization(): Record<string, string> {
    const { username, password } = this.url
    if (username === '') return {}
    const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    return { authorization: `Basic ${Buffer.from(plain).toString('base64')}` }
  }
}

const isBatch = (mediaType: string): boolean => mediaType === batchMediaType
const isJson = (mediaType: string): boolean => mediaType === 'application/json' || mediaType.endsWith('+json')

const headerOf = ({ headers }: Dispatcher.ResponseData, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

/** The beginning of a body that says why, on one line; the rest is thrown away. */
const detailOf = async ({ body }: Dispatcher.ResponseData): Promise<string> => {
  let text = ''
  try {
    for await (const chunk of body) {
      text += Buffer.from(chunk).toString('utf8')
      if (text.length > detailCharsMax) break
    }
  } catch {
    // What has come must do.
  }
  return text.slice(0, detailCharsMax).replace(/\s+/g, ' ').trim()
}

/**
 * Calls an endpoint by the batch protocol over HTTP.
 * @example httpFunctionClient({ url: 'http://127.0.0.1:8787/', parseDiscovery, sign: undefined })
 */
export const httpFunctionClient = (options: HttpFunctionClientOptions): FunctionClient =>
  new HttpFunctionClient(options)
