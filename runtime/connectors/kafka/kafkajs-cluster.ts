import { Kafka, logLevel, type KafkaConfig, type SASLOptions, type logCreator } from 'kafkajs'
import { type Socket } from 'node:net'
import { MillraceError, messageOf } from '../../model/errors.ts'
import { type Clock } from '../../ports/clock.ts'
import { KafkaFailure } from './kafka-failure.ts'
import { nameOf, type BrokerAddress, type KafkaSasl, type KafkaSettings } from './options.ts'

// The only file that reaches into kafkajs. Connecting, TLS, SASL, framing and time-outs are its own; requests are ours,
// written to its connections as bytes. What is used of its inside is listed by the interfaces below and checked at start
// (kafkajs is pinned to the version whose shape this is).
const pinned = '2.2.4'

interface Entry {
  readonly apiKey: number
  readonly apiName: string
  readonly apiVersion: number
  readonly correlationId: number
  resolve(answer: { readonly payload: Buffer }): void
  reject(error: Error): void
}

interface RequestQueue {
  readonly pending: readonly unknown[]
  push(request: { entry: Entry; expectResponse: boolean; requestTimeout: number | null; sendRequest: () => void }): void
  rejectAll(error: Error): void
  scheduleCheckPendingRequests(): void
}

interface Connection {
  readonly clientId: string
  readonly requestQueue: RequestQueue
  readonly socket?: Socket
  isConnected(): boolean
  isAuthenticated(): boolean
  authenticate(): Promise<void>
  nextCorrelationId(): number
  disconnect(): Promise<unknown>
}

interface Broker {
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>> | null
  readonly connectionPool: { readonly pool: readonly Connection[] }
  connect(): Promise<void>
}

interface Cluster {
  readonly rootLogger: unknown
  readonly connectionPoolBuilder: { build(address: BrokerAddress): Promise<unknown> }
  readonly brokerPool: { createBroker(options: { connectionPool: unknown; logger: unknown }): unknown }
}

const has = (value: unknown, members: Readonly<Record<string, 'function' | 'object'>>): value is object =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(members).every(([name, type]) => typeof Reflect.get(value, name) === type)

const isCluster = (value: unknown): value is Cluster =>
  has(value, { rootLogger: 'object', connectionPoolBuilder: 'object', brokerPool: 'object' }) &&
  has(Reflect.get(value, 'connectionPoolBuilder'), { build: 'function' }) &&
  has(Reflect.get(value, 'brokerPool'), { createBroker: 'function' })

const isConnection = (value: unknown): value is Connection =>
  has(value, {
    requestQueue: 'object',
    isConnected: 'function',
    isAuthenticated: 'function',
    authenticate: 'function',
    nextCorrelationId: 'function',
    disconnect: 'function',
  }) &&
  has(Reflect.get(value, 'requestQueue'), {
    pending: 'object',
    push: 'function',
    rejectAll: 'function',
    scheduleCheckPendingRequests: 'function',
  })

const isBroker = (value: unknown): value is Broker => {
  if (!has(value, { connect: 'function', connectionPool: 'object', versions: 'object' })) return false
  const pool: unknown = Reflect.get(Reflect.get(value, 'connectionPool'), 'pool')
  return Array.isArray(pool) && pool.length > 0 && pool.every(isConnection)
}

const otherShape = (what: string): MillraceError =>
  new MillraceError(
    'UNSUPPORTED_PLATFORM',
    `the installed kafkajs is not ${pinned} (its ${what} has another shape): install kafkajs@${pinned}`,
  )

const unsent = (broker: string, why: string, cause: unknown): KafkaFailure =>
  new KafkaFailure('retriable', 'LOG_UNAVAILABLE', `Kafka broker ${broker} cannot be reached: ${why}`, { cause })

/** A refused password or certificate will be refused again; all else that stops a connection may pass. */
const connectFailure = (broker: string, error: unknown): KafkaFailure => {
  const member = (name: string): unknown =>
    typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined
  const forbidden = (why: string) =>
    new KafkaFailure('fatal', 'LOG_FORBIDDEN', `Kafka broker ${broker} ${why}: ${messageOf(error)}`, { cause: error })
  if (member('name') === 'KafkaJSSASLAuthenticationError' || member('type') === 'UNSUPPORTED_SASL_MECHANISM')
    return forbidden('refuses the credentials; mend kafka.sasl (mechanism, username, password)')
  if (/certificate|CERT_|SELF_SIGNED|ALTNAME/i.test(`${String(member('code'))} ${messageOf(error)}`))
    return forbidden('has a certificate that is not trusted; mend kafka.ssl.ca or servername')
  return unsent(broker, messageOf(error), error)
}

export interface ApiCall {
  readonly key: number
  readonly version: number
  readonly name: string
}

/** One connection to one broker. */
export interface KafkaConnection {
  readonly broker: string
  readonly usable: boolean
  /**
   * Sends a request of non-flexible encoding whose body lies in `chunks`, and resolves with the body of the answer.
   * Rejects with a KafkaFailure: retriable while nothing was sent, else ambiguous. Answers come in the order of requests.
   */
  request(api: ApiCall, chunks: readonly Uint8Array[], timeoutMs?: number): Promise<Buffer>
  /** The versions of an API that the broker speaks. */
  versions(apiKey: number): { readonly minVersion: number; readonly maxVersion: number } | undefined
  close(): Promise<void>
}

class BrokerConnection implements KafkaConnection {
  readonly broker: string
  private readonly wire: Broker
  private readonly connection: Connection
  private readonly settings: KafkaSettings
  private closed = false

  constructor(broker: string, wire: Broker, connection: Connection, settings: KafkaSettings) {
    this.broker = broker
    this.wire = wire
    this.connection = connection
    this.settings = settings
  }

  get usable(): boolean {
    return !this.closed && this.connection.isConnected()
  }

  versions(apiKey: number) {
    return this.wire.versions?.[apiKey]
  }

  async request(api: ApiCall, chunks: readonly Uint8Array[], timeoutMs?: number): Promise<Buffer> {
    // Sessions of OAuth and the like end: kafkajs authenticates again on the same connection.
    if (this.settings.sasl !== undefined && !this.connection.isAuthenticated()) {
      try {
        await this.connection.authenticate()
      } catch (error) {
        throw connectFailure(this.broker, error)
      }
    }
    if (!this.usable) throw unsent(this.broker, 'the connection is closed', undefined)
    return this.send(api, chunks, timeoutMs ?? null)
  }

  private send(api: ApiCall, chunks: readonly Uint8Array[], requestTimeout: number | null): Promise<Buffer> {
    const { connection } = this
    return new Promise((resolve, reject) => {
      const correlationId = connection.nextCorrelationId()
      const head = requestHead(api, correlationId, connection.clientId, chunks)
      const entry: Entry = {
        apiKey: api.key,
        apiName: api.name,
        apiVersion: api.version,
        correlationId,
        resolve: ({ payload }) => resolve(payload),
        reject: (error) => reject(this.lost(api, error)),
      }
      const sendRequest = () => {
        const { socket } = connection
        if (socket === undefined) return
        this.settings.onRequest?.(api.name)
        socket.cork()
        socket.write(head)
        for (const chunk of chunks) socket.write(chunk)
        socket.uncork()
      }
      connection.requestQueue.push({ entry, expectResponse: true, requestTimeout, sendRequest })
    })
  }

  private lost(api: ApiCall, cause: Error): KafkaFailure {
    return new KafkaFailure(
      'ambiguous',
      'LOG_UNAVAILABLE',
      `Kafka broker ${this.broker} did not answer ${api.name}: ${cause.message}`,
      { cause },
    )
  }

  async close(): Promise<void> {
    this.closed = true
    await shut(this.connection)
  }
}

/** kafkajs waits for what is under way before it disconnects, which a long fetch would hold up: so that is given up. */
const shut = async (connection: Connection): Promise<void> => {
  connection.requestQueue.rejectAll(new Error('the connection was closed'))
  connection.socket?.destroy()
  await connection.disconnect().catch(() => {})
}

const requestHead = (api: ApiCall, correlationId: number, clientId: string, chunks: readonly Uint8Array[]): Buffer => {
  const clientIdBytes = Buffer.byteLength(clientId)
  const head = Buffer.allocUnsafe(14 + clientIdBytes)
  let length = head.length - 4
  for (const chunk of chunks) length += chunk.length
  head.writeInt32BE(length, 0)
  head.writeInt16BE(api.key, 4)
  head.writeInt16BE(api.version, 6)
  head.writeInt32BE(correlationId, 8)
  head.writeInt16BE(clientIdBytes, 12)
  head.write(clientId, 14)
  return head
}

const logsTo =
  (onLog: KafkaSettings['onLog']): logCreator =>
  () =>
  ({ level, log }) => {
    if (onLog === undefined) return
    const name =
      level === logLevel.ERROR ? 'error' : level === logLevel.WARN ? 'warn' : level === logLevel.INFO ? 'info' : 'debug'
    onLog(name, log.message)
  }

const configOf = (settings: KafkaSettings): KafkaConfig => {
  const { ssl, sasl } = settings
  const config: KafkaConfig = {
    brokers: settings.brokers.map(nameOf),
    clientId: settings.clientId,
    connectionTimeout: settings.connectionTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    enforceRequestTimeout: true,
    logLevel: settings.onLog === undefined ? logLevel.NOTHING : logLevel.INFO,
    logCreator: logsTo(settings.onLog),
    ssl: typeof ssl === 'boolean' ? ssl : { ...ssl, ca: ssl.ca === undefined ? undefined : [...ssl.ca] },
  }
  if (sasl !== undefined) config.sasl = saslOf(sasl)
  return config
}

/** A copy in kafkajs' types: it writes into the object that it is given. */
const saslOf = (sasl: KafkaSasl): SASLOptions => {
  switch (sasl.mechanism) {
    case 'plain':
      return { mechanism: 'plain', username: sasl.username, password: sasl.password }
    case 'scram-sha-256':
      return { mechanism: 'scram-sha-256', username: sasl.username, password: sasl.password }
    case 'scram-sha-512':
      return { mechanism: 'scram-sha-512', username: sasl.username, password: sasl.password }
    case 'oauthbearer':
      return { mechanism: 'oauthbearer', oauthBearerProvider: sasl.oauthBearerProvider }
  }
}

/** Makes connections with the options given. */
export class KafkajsCluster {
  private readonly cluster: Cluster
  private readonly settings: KafkaSettings
  private readonly clock: Clock

  /** Throws a MillraceError UNSUPPORTED_PLATFORM where kafkajs is not the one that this was written for. */
  constructor(settings: KafkaSettings, clock: Clock) {
    this.settings = settings
    this.clock = clock
    const kafka = new Kafka(configOf(settings))
    const symbol = Object.getOwnPropertySymbols(kafka).find((s) => s.description === 'private:Kafka:createCluster')
    const create: unknown = symbol && Reflect.get(kafka, symbol)
    if (typeof create !== 'function') throw otherShape('client')
    const cluster: unknown = Reflect.apply(create, kafka, [{ metadataMaxAge: 300_000, allowAutoTopicCreation: false }])
    if (!isCluster(cluster)) throw otherShape('cluster')
    this.cluster = cluster
  }

  /** Opens a new connection. Rejects with a KafkaFailure, retriable or (a refused password or certificate) fatal. */
  async connect(address: BrokerAddress): Promise<KafkaConnection> {
    const name = nameOf(address)
    const connectionPool = await this.cluster.connectionPoolBuilder.build(address)
    const broker = this.cluster.brokerPool.createBroker({ connectionPool, logger: this.cluster.rootLogger })
    if (!isBroker(broker)) throw otherShape('broker')
    const connection = broker.connectionPool.pool[0]!
    quiet(connection.requestQueue)
    try {
      await this.within(this.settings.connectionTimeoutMs, broker.connect())
    } catch (error) {
      await shut(connection)
      throw connectFailure(name, error)
    }
    connection.socket?.setNoDelay(true)
    return new BrokerConnection(name, broker, connection, this.settings)
  }

  /** kafkajs has no time-out over all of connecting, and a socket that ends early can leave it waiting for ever. */
  private within(timeoutMs: number, connecting: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.clock.after(timeoutMs, () => reject(new Error(`no connection within ${timeoutMs} ms`)))
      connecting.then(resolve, reject).finally(cancel)
    })
  }
}

/**
 * After every answer kafkajs sets a timer that lies decades in the past, of which Node 24 warns each time. It is needed
 * only while requests wait to be sent.
 */
const quiet = (queue: RequestQueue): void => {
  const schedule = queue.scheduleCheckPendingRequests.bind(queue)
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0) schedule()
  }
}
