import { MillraceError } from '../../model/errors.ts'

/** Where Kafka is and how to speak to it. Plain data: what a settings file can hold, but for a token provider. */
export interface KafkaOptions {
  /** Addresses to begin with, as `host:port`; the cluster names the rest. */
  readonly brokers: readonly string[]
  /** What brokers log us as, and what quotas go by. */
  readonly clientId?: string
  /** TLS: `true` for the system's certificate authorities, or certificates in PEM. */
  readonly ssl?: boolean | KafkaTls
  readonly sasl?: KafkaSasl
  /** How long a request may take, beyond the wait that it asks the broker for. */
  readonly requestTimeoutMs?: number
  /** How long connecting may take, TLS and SASL included. */
  readonly connectionTimeoutMs?: number
  /** Largest record batch written. Where a topic takes less, batches shrink by themselves. */
  readonly batchBytesMax?: number
  /** Is told what kafkajs would log. */
  readonly onLog?: (level: 'error' | 'warn' | 'info' | 'debug', message: string) => void
  /** Is told the API of each request as it is sent, as 'Fetch', but for those by which kafkajs connects. */
  readonly onRequest?: (api: string) => void
}

export interface KafkaTls {
  readonly ca?: readonly string[]
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
  readonly servername?: string
  readonly rejectUnauthorized?: boolean
}

export type KafkaSasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
      readonly username: string
      readonly password: string
    }
  | { readonly mechanism: 'oauthbearer'; readonly oauthBearerProvider: () => Promise<{ readonly value: string }> }

export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

/** The options with every default filled in. */
export interface KafkaSettings {
  readonly brokers: readonly BrokerAddress[]
  readonly clientId: string
  readonly ssl: boolean | KafkaTls
  readonly sasl: KafkaSasl | undefined
  readonly requestTimeoutMs: number
  readonly connectionTimeoutMs: number
  readonly batchBytesMax: number
  readonly onLog: KafkaOptions['onLog']
  readonly onRequest: KafkaOptions['onRequest']
}

const invalid = (setting: string, why: string): never => {
  throw new MillraceError('SETTING_INVALID', `kafka.${setting}: ${why}`)
}

/** Takes `host:port` and `[v6]:port`. */
const addressOf = (text: string): BrokerAddress => {
  const [, v6, name, digits] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? []
  const host = v6 ?? name
  const port = Number(digits)
  if (host === undefined || !(port >= 1 && port <= 65_535)) return invalid('brokers', `"${text}" is not host:port`)
  return { host, port }
}

export const nameOf = ({ host, port }: BrokerAddress): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

const inRange = (setting: string, value: number, least: number, most: number): number =>
  Number.isInteger(value) && value >= least && value <= most
    ? value
    : invalid(setting, `${value} is not a whole number from ${least} to ${most}`)

const checkSasl = (sasl: KafkaSasl): KafkaSasl => {
  switch (sasl.mechanism) {
    case 'plain':
    case 'scram-sha-256':
    case 'scram-sha-512':
      if (typeof sasl.username !== 'string' || sasl.username === '') invalid('sasl.username', 'is missing')
      if (typeof sasl.password !== 'string' || sasl.password === '') invalid('sasl.password', 'is missing')
      return sasl
    case 'oauthbearer':
      if (typeof sasl.oauthBearerProvider !== 'function') invalid('sasl.oauthBearerProvider', 'must be a function')
      return sasl
    default:
      return invalid('sasl.mechanism', 'must be plain, scram-sha-256, scram-sha-512 or oauthbearer')
  }
}

/** Checks the options and fills in defaults. Throws a MillraceError SETTING_INVALID that names the setting. */
export const resolveKafkaOptions = (options: KafkaOptions): KafkaSettings => {
  if (!Array.isArray(options.brokers) || options.brokers.length === 0)
    invalid('brokers', 'name at least one broker as host:port')
  return {
    brokers: options.brokers.map(addressOf),
    clientId: options.clientId ?? 'millrace',
    ssl: options.ssl ?? false,
    sasl: options.sasl && checkSasl(options.sasl),
    requestTimeoutMs: inRange('requestTimeoutMs', options.requestTimeoutMs ?? 30_000, 100, 600_000),
    connectionTimeoutMs: inRange('connectionTimeoutMs', options.connectionTimeoutMs ?? 10_000, 100, 120_000),
    batchBytesMax: inRange('batchBytesMax', options.batchBytesMax ?? 1_000_000, 1_024, 64 << 20),
    onLog: options.onLog,
    onRequest: options.onRequest,
  }
}
