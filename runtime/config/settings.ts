import type { FailurePolicy } from '../model/function-spec.ts'
import type { Limits } from '../model/limits.ts'
import type { SigningKey } from '../protocol/signature.ts'
import type { SettingValues } from './settings-table.ts'

/** All that is in force beside the topology: plain data, for those who wire the parts together. */
export interface Settings {
  readonly application: string
  readonly log: LogSettings
  readonly storage: StorageSettings
  readonly http: {
    readonly host: string
    readonly port: number
    readonly token: string | undefined
    readonly callTimeoutMs: number
  }
  /** The first signs requests to endpoints that have no key of their own. */
  readonly signingKeys: readonly SigningKey[]
  readonly internalTopics: {
    readonly prefix: string
    readonly partitions: number
    readonly replicationFactor: number | undefined
    readonly create: boolean
  }
  /** The number of key groups. */
  readonly maxParallelism: number
  readonly shadow: { readonly egress: 'write' | 'hold' | 'redirect'; readonly topicPrefix: string }
  readonly limits: Limits
  readonly commit: { readonly minIntervalMs: number; readonly transactionTimeoutMs: number }
  readonly checkpoint: { readonly windowsMax: number; readonly bytesMax: number; readonly retainMs: number }
  /** For functions whose own specification says nothing. */
  readonly failure: FailurePolicy
  /** What happens when a parked address, or all of them, have as many messages as may wait. */
  readonly parking: { readonly whenFull: 'deadLetterOldest' | 'holdIngress' }
  readonly idempotency: { readonly retentionMs: number }
  readonly shutdown: { readonly deadlineMs: number }
  readonly telemetry: { readonly logLevel: 'debug' | 'info' | 'warn' | 'error' }
}

export type LogSettings = KafkaLogSettings | { readonly kind: 'embedded'; readonly directory: string }

export interface KafkaLogSettings {
  readonly kind: 'kafka'
  readonly brokers: readonly string[]
  readonly clientId: string
  /** Undefined: no TLS. */
  readonly ssl: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined
  readonly sasl: SaslSettings | undefined
  readonly connectionTimeoutMs: number
  readonly requestTimeoutMs: number
}

export interface SaslSettings {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

export type StorageSettings = S3Settings | { readonly kind: 'fileSystem'; readonly directory: string }

export interface S3Settings {
  readonly kind: 's3'
  readonly bucket: string
  readonly prefix: string
  readonly region: string | undefined
  readonly endpoint: string | undefined
  readonly pathStyle: boolean
  readonly credentials:
    { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string } | undefined
  readonly requestTimeoutMs: number
}

const sslOf = (values: SettingValues): KafkaLogSettings['ssl'] => {
  if (!values['kafka.ssl']) return undefined
  const ca = values['kafka.ssl.ca']
  const cert = values['kafka.ssl.cert']
  const key = values['kafka.ssl.key']
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) }
}

const saslOf = (values: SettingValues): SaslSettings | undefined => {
  const mechanism = values['kafka.sasl.mechanism']
  const username = values['kafka.sasl.username']
  const password = values['kafka.sasl.password']
  if (mechanism === undefined || username === undefined || password === undefined) return undefined
  return { mechanism, username, password }
}

const logOf = (values: SettingValues): LogSettings => {
  const brokers = values['kafka.brokers']
  if (brokers === undefined) return { kind: 'embedded', directory: `${values['embedded.directory']}/log` }
  return {
    kind: 'kafka',
    brokers,
    clientId: values['kafka.clientId'],
    ssl: sslOf(values),
    sasl: saslOf(values),
    connectionTimeoutMs: values['kafka.connectionTimeout'],
    requestTimeoutMs: values['kafka.requestTimeout'],
  }
}

const credentialsOf = (values: SettingValues): S3Settings['credentials'] => {
  const accessKeyId = values['storage.credentials.accessKeyId']
  const secretAccessKey = values['storage.credentials.secretAccessKey']
  const sessionToken = values['storage.credentials.sessionToken']
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
}

const storageOf = (values: SettingValues): StorageSettings => {
  if (values['storage.kind'] !== 's3') {
    const directory = values['storage.kind'] === 'fileSystem' ? values['storage.directory'] : undefined
    return { kind: 'fileSystem', directory: directory ?? `${values['embedded.directory']}/store` }
  }
  return {
    kind: 's3',
    bucket: values['storage.bucket'] ?? '',
    prefix: values['storage.prefix'],
    region: values['storage.region'],
    endpoint: values['storage.endpoint'],
    pathStyle: values['storage.pathStyle'],
    credentials: credentialsOf(values),
    requestTimeoutMs: values['storage.requestTimeout'],
  }
}

const limitsOf = (v: SettingValues): Limits => ({
  valueBytesMax: v['limits.valueBytesMax'],
  idBytesMax: v['limits.idBytesMax'],
  stateBytesMax: v['limits.stateBytesMax'],
  requestBytesMax: v['limits.requestBytesMax'],
  resultBytesMax: v['limits.resultBytesMax'],
  wholeMapBytesMax: v['limits.wholeMapBytesMax'],
  messagesPerAddressMax: v['limits.messagesPerAddressMax'],
  laneMessagesMax: v['limits.laneMessagesMax'],
  pendingMessagesMax: v['limits.pendingMessagesMax'],
  pendingBytesMax: v['limits.pendingBytesMax'],
  parkedMessagesMax: v['limits.parkedMessagesMax'],
  parkedBytesMax: v['limits.parkedBytesMax'],
  effectsPerMessageMax: v['limits.effectsPerMessageMax'],
  delayedPerAddressMax: v['limits.delayedPerAddressMax'],
  windowBytesMax: v['limits.windowBytesMax'],
  unpublishedBytesMax: v['limits.unpublishedBytesMax'],
  unpublishedWindowsMax: v['limits.unpublishedWindowsMax'],
  httpBodyBytesMax: v['limits.httpBodyBytesMax'],
  httpRequestsMax: v['limits.httpRequestsMax'],
  idempotencyKeysMax: v['limits.idempotencyKeysMax'],
  idempotencyReplyBytesMax: v['limits.idempotencyReplyBytesMax'],
})

/** Sorts the table's values into what each part takes. */
export const settingsOf = (application: string, values: SettingValues): Settings => ({
  application,
  log: logOf(values),
  storage: storageOf(values),
  http: {
    host: values['http.host'],
    port: values['http.port'],
    token: values['http.token'],
    callTimeoutMs: values['http.callTimeout'],
  },
  signingKeys: values['signing.keys'] ?? [],
  internalTopics: {
    prefix: values['internalTopics.prefix'],
    partitions: values['internalTopics.partitions'],
    replicationFactor: values['internalTopics.replicationFactor'],
    create: values['internalTopics.create'],
  },
  maxParallelism: values.maxParallelism,
  shadow: { egress: values['shadow.egress'], topicPrefix: values['shadow.topicPrefix'] },
  limits: limitsOf(values),
  commit: {
    minIntervalMs: values['commit.minInterval'],
    transactionTimeoutMs: values['commit.transactionTimeout'],
  },
  checkpoint: {
    windowsMax: values['checkpoint.windowsMax'],
    bytesMax: values['checkpoint.bytesMax'],
    retainMs: values['checkpoint.retention'],
  },
  failure: {
    attemptsMax: values['failure.attemptsMax'],
    firstDelayMs: values['failure.firstDelay'],
    maxDelayMs: values['failure.maxDelay'],
    onFailure: values['failure.onFailure'],
  },
  parking: { whenFull: values['failure.whenFull'] },
  idempotency: { retentionMs: values['idempotency.retention'] },
  shutdown: { deadlineMs: values['shutdown.deadline'] },
  telemetry: { logLevel: values['telemetry.logLevel'] },
})
