import { defaultFailurePolicy } from '../model/function-spec.ts'
import { defaultMaxParallelism } from '../model/key-group.ts'
import { limitSettings } from './limit-settings.ts'
import { dependent, optional, secret, setting, type Setting } from './setting.ts'
import { bytes, duration, flag, listOf, oneOf, text, whole } from './setting-kinds.ts'
import { signingKeys } from './signing-keys-kind.ts'

// The one table of all settings. The application file's checks, the environment variables' names, what `millrace
// config` prints and the reference in the docs are all derived from it.

const isUrl = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/
const url = text("a URL, as 'http://127.0.0.1:9000'", isUrl)
const pem = text('a certificate or key as PEM text', /-----BEGIN /)
const broker = text('host:port', /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/)
const bucket = text(
  'a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens',
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
)
const prefix = text("a prefix without / at its ends, as 'streams/bank'", /^(?=[^]{0,512}$)([^/]+(\/[^/]+)*)?$/)
const topicPart = text('1 to 180 letters, digits, dots, _ and -', /^[A-Za-z0-9._-]{1,180}$/)
const token = text('at least 16 characters without spaces', /^[\x21-\x7e]{16,4096}$/)

export const settingsTable = {
  'kafka.brokers': optional(
    listOf(broker, "host:port, as 'kafka-1:9092'"),
    'The Kafka cluster. Unset: the embedded log.',
  ),
  'kafka.clientId': setting(text('1 to 200 characters', /^[^]{1,200}$/), 'millrace', 'How brokers name this client.'),
  'kafka.ssl': setting(flag, false, 'Connect by TLS.'),
  'kafka.ssl.ca': optional(pem, 'The authority that signed the brokers’ certificates. Unset: those of the platform.'),
  'kafka.ssl.cert': optional(pem, 'This client’s certificate.'),
  'kafka.ssl.key': secret(pem, 'Its key.'),
  'kafka.sasl.mechanism': optional(oneOf('plain', 'scram-sha-256', 'scram-sha-512'), 'How to log in.'),
  'kafka.sasl.username': optional(text(), 'As whom to log in.'),
  'kafka.sasl.password': secret(text(), 'The password.'),
  'kafka.connectionTimeout': setting(duration('100ms', '5m'), 3_000, 'For connecting to a broker.'),
  'kafka.requestTimeout': setting(duration('1s', '5m'), 30_000, 'For a broker’s answer.'),
  'embedded.directory': dependent(
    text('a directory'),
    ({ application }) => `.millrace/${application}`,
    '`.millrace/<application>`',
    'Where the embedded log and store keep their files.',
  ),
  'storage.kind': dependent(
    oneOf('s3', 'fileSystem', 'embedded'),
    ({ storageKind }) => storageKind,
    's3 where a bucket is set, else embedded',
    'Where windows and checkpoints are kept.',
  ),
  'storage.directory': optional(text('a directory'), 'For storage in a file system.'),
  'storage.bucket': optional(bucket, 'The bucket.'),
  'storage.prefix': setting(prefix, '', 'Keys begin with it. Several applications may share one.'),
  'storage.region': optional(text('a region, as eu-central-1', /^[a-z0-9-]{1,64}$/), 'The bucket’s region.'),
  'storage.endpoint': optional(url, 'Of a store that is not S3 itself.'),
  'storage.pathStyle': dependent(
    flag,
    ({ ownEndpoint }) => ownEndpoint,
    'true with an endpoint, else false',
    'The bucket’s name stands in the path, not in the host.',
  ),
  'storage.credentials.accessKeyId': optional(text(), 'Unset: what the AWS SDK finds in its usual places.'),
  'storage.credentials.secretAccessKey': secret(text(), 'Belongs to the access key.'),
  'storage.credentials.sessionToken': secret(text(), 'Of temporary credentials.'),
  'storage.requestTimeout': setting(duration('500ms', '15s'), 10_000, 'For one request to the store.'),
  'http.host': setting(text('a host name or an address', /^[A-Za-z0-9._:-]{1,253}$/), '127.0.0.1', 'Where to listen.'),
  'http.port': setting(whole(0, 65_535), 8686, 'Where to listen; 0 is any free port.'),
  'http.token': secret(token, 'Asked of every request; needed when http.host is not loopback.'),
  'http.callTimeout': setting(duration('100ms', '15m'), 30_000, 'How long /call waits before it answers 504.'),
  'signing.keys': secret(
    signingKeys,
    'Shared with the handlers. Requests to endpoints without a signingKey of their own are signed with the first.',
  ),
  'internalTopics.prefix': dependent(
    topicPart,
    ({ application }) => `${application}.millrace`,
    '`<application>.millrace`',
    'Names of Millrace’s own topics begin with it.',
  ),
  'internalTopics.partitions': setting(whole(1, 960), 16, 'Of the marker topic.'),
  'internalTopics.replicationFactor': optional(whole(1, 32), 'Unset: the cluster’s default.'),
  'internalTopics.create': setting(flag, true, 'Create what is missing; false: expect it to be there.'),
  maxParallelism: setting(
    whole(1, 32_768),
    defaultMaxParallelism,
    'Key groups, the units in which state can be spread. Fixed when the application is created; a savepoint can be restored with another.',
  ),
  'shadow.egress': setting(
    oneOf('write', 'hold', 'redirect'),
    'write',
    'For a fork beside its original: `hold` counts egress records and drops them, `redirect` writes them to other topics.',
  ),
  'shadow.topicPrefix': setting(
    text('1 to 100 letters, digits, dots, _ and -', /^[A-Za-z0-9._-]{1,100}$/),
    'shadow.',
    'Redirected records go to the topic with this before its name.',
  ),
  'commit.minInterval': dependent(
    duration(0, '1m'),
    ({ storageKind, ownEndpoint }) => (storageKind === 's3' && !ownEndpoint ? 50 : 0),
    '50ms on S3 itself, else 0ms',
    'The least time between two windows. 0 on S3 costs about $3.6 an hour under load.',
  ),
  'commit.transactionTimeout': setting(
    duration('1s', '15s'),
    15_000,
    'After which Kafka ends a dead coordinator’s transaction, which holds back readers.',
  ),
  'checkpoint.windowsMax': setting(whole(1, 100_000), 1_000, 'Windows after which a checkpoint is made.'),
  'checkpoint.bytesMax': setting(bytes(2 ** 16, 2 ** 30), 64 << 20, 'Bytes of windows after which one is made.'),
  'checkpoint.retention': setting(
    duration(0, '90d'),
    0,
    'So far back the state of every commit stays readable; it costs the storage of all windows in that time.',
  ),
  'failure.attemptsMax': setting(
    whole(1, 1_000_000),
    defaultFailurePolicy.attemptsMax,
    'Attempts at a failing message.',
  ),
  'failure.firstDelay': setting(
    duration(0, '1h'),
    defaultFailurePolicy.firstDelayMs,
    'Before the second attempt; doubles.',
  ),
  'failure.maxDelay': setting(
    duration(0, '24h'),
    defaultFailurePolicy.maxDelayMs,
    'The longest delay between attempts.',
  ),
  'failure.onFailure': setting(
    oneOf('deadLetter', 'park'),
    defaultFailurePolicy.onFailure,
    'What happens then: the message goes to the dead letters, or its address is parked and its later messages wait.',
  ),
  'failure.whenFull': setting(
    oneOf('deadLetterOldest', 'holdIngress'),
    'deadLetterOldest',
    'When a parked address has limits.laneMessagesMax messages, or all have limits.parked…: its oldest message goes to the dead letters, or nothing more is taken in.',
  ),
  'idempotency.retention': setting(duration('1s', '30d'), 86_400_000, 'How long an Idempotency-Key is remembered.'),
  'shutdown.deadline': setting(duration(0, '15m'), 20_000, 'How long SIGTERM waits for what is in flight.'),
  'telemetry.logLevel': setting(oneOf('debug', 'info', 'warn', 'error'), 'info', 'Events below it are not logged.'),
  ...limitSettings,
}

export type SettingPath = keyof typeof settingsTable

/** Every setting's value, by its path. Durations are milliseconds. */
export type SettingValues = {
  readonly [P in SettingPath]: (typeof settingsTable)[P] extends Setting<infer T> ? T : never
}

export const isSettingPath = (path: string): path is SettingPath => Object.hasOwn(settingsTable, path)

export const settingPaths: readonly SettingPath[] = Object.keys(settingsTable).filter(isSettingPath)

/** The row of a setting, for those who treat all alike. */
export const settingAt = (path: SettingPath): Setting<unknown> => settingsTable[path]
