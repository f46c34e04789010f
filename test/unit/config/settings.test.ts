import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeSettings, settingsReference } from '../../../runtime/config/describe-settings.ts'
import { readSection } from '../../../runtime/config/given-settings.ts'
import { Problems } from '../../../runtime/config/problems.ts'
import { type Environment, resolveSettings } from '../../../runtime/config/resolve-settings.ts'
import { environmentName } from '../../../runtime/config/setting.ts'
import { settingAt, type SettingPath, settingPaths } from '../../../runtime/config/settings-table.ts'
import { messageOf } from '../../../runtime/model/errors.ts'
import { defaultLimits } from '../../../runtime/model/limits.ts'

const pem = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----'

const given = (sections: Record<string, unknown>): ReadonlyMap<SettingPath, unknown> => {
  const into = new Map<SettingPath, unknown>()
  const problems = new Problems()
  for (const [section, value] of Object.entries(sections)) readSection(section, value, problems, into)
  problems.throwIfAny('application "bank"')
  return into
}
const resolve = (sections: Record<string, unknown>, env: Environment = {}) =>
  resolveSettings({ name: 'bank', given: given(sections) }, env)
const errorOf = (sections: Record<string, unknown>, env: Environment = {}): string => {
  try {
    resolve(sections, env)
  } catch (error) {
    return messageOf(error)
  }
  return 'nothing was thrown'
}

describe('settings that nobody set', () => {
  const { settings, origins } = resolve({})

  test('run embedded in .millrace/<application>, reachable from this machine alone', () => {
    expect(settings.log).toEqual({ kind: 'embedded', directory: '.millrace/bank/log' })
    expect(settings.storage).toEqual({ kind: 'fileSystem', directory: '.millrace/bank/store' })
    expect(settings.http).toEqual({ host: '127.0.0.1', port: 8686, token: undefined, callTimeoutMs: 30_000 })
  })

  test('take the defaults of the design', () => {
    expect(settings.limits).toEqual(defaultLimits)
    expect(settings.commit).toEqual({ minIntervalMs: 0, transactionTimeoutMs: 15_000 })
    expect(settings.checkpoint).toEqual({ windowsMax: 1_000, bytesMax: 64 << 20, retainMs: 0 })
    expect(settings.idempotency.retentionMs).toBe(86_400_000)
    expect(settings.internalTopics).toEqual({
      prefix: 'bank.millrace',
      partitions: 16,
      replicationFactor: undefined,
      create: true,
    })
    expect(new Set(origins.values())).toEqual(new Set(['default']))
  })
})

describe('settings of the application file and the environment', () => {
  test('the environment goes before the file, the file before the default, and each says where it came from', () => {
    const { settings, origins } = resolve({ http: { port: 1, callTimeout: '2s' } }, { MILLRACE_HTTP_PORT: '2' })
    expect([settings.http.port, settings.http.callTimeoutMs]).toEqual([2, 2_000])
    expect(['http.port', 'http.callTimeout', 'http.host'].map((path) => origins.get(path as SettingPath))).toEqual([
      'environment MILLRACE_HTTP_PORT',
      'application file',
      'default',
    ])
  })

  test('a cluster with TLS and a login', () => {
    const { settings } = resolve({
      kafka: {
        brokers: ['a:9092', '[::1]:9093'],
        ssl: { ca: pem },
        sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
      },
    })
    expect(settings.log).toEqual({
      kind: 'kafka',
      brokers: ['a:9092', '[::1]:9093'],
      clientId: 'millrace',
      ssl: { ca: pem },
      sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
      connectionTimeoutMs: 3_000,
      requestTimeoutMs: 30_000,
    })
    const plain = resolve({ kafka: { brokers: ['a:1'], ssl: true } }).settings.log
    expect(plain).toMatchObject({ ssl: {}, sasl: undefined })
  })

  test('the same application runs embedded here and on a cluster where the environment names one', () => {
    const { settings, origins } = resolve(
      {},
      { MILLRACE_KAFKA_BROKERS: 'k1:9092, k2:9092', MILLRACE_STORAGE_BUCKET: 'bank', MILLRACE_HTTP_TOKEN: undefined },
    )
    expect(settings.log).toMatchObject({ kind: 'kafka', brokers: ['k1:9092', 'k2:9092'] })
    expect(settings.storage).toMatchObject({ kind: 's3', bucket: 'bank', pathStyle: false })
    expect(settings.commit.minIntervalMs).toBe(50)
    expect(origins.get('storage.kind')).toBe('environment MILLRACE_STORAGE_BUCKET')
  })

  test('a store with its own endpoint is addressed by path and commits without a pause', () => {
    const { settings } = resolve({
      storage: {
        kind: 's3',
        bucket: 'bank',
        endpoint: 'http://127.0.0.1:9000',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      },
    })
    expect(settings.storage).toMatchObject({ pathStyle: true, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })
    expect(settings.commit.minIntervalMs).toBe(0)
  })

  test('a bucket or directory in the environment overrides another storage in the file', () => {
    const file = { storage: { kind: 's3', bucket: 'bank' } }
    expect(resolve(file, { MILLRACE_STORAGE_DIRECTORY: '/d' }).settings.storage).toEqual({
      kind: 'fileSystem',
      directory: '/d',
    })
    expect(resolve(file, { MILLRACE_STORAGE_KIND: 'embedded' }).settings.storage).toMatchObject({ kind: 'fileSystem' })
  })

  test('MILLRACE_SIGNING_KEYS is what handlers read too, and the first key signs', () => {
    const { settings } = resolve({}, { MILLRACE_SIGNING_KEYS: 'new:0123456789abcdef,old:fedcba9876543210' })
    expect(settings.signingKeys.map(({ id }) => id)).toEqual(['new', 'old'])
  })

  test('what is undefined in the file counts as not set', () => {
    expect(resolve({ http: { token: undefined }, kafka: undefined }).origins.get('http.token')).toBe('default')
  })
})

describe('wrong settings', () => {
  test('are told all at once, each with its name, its value and what is allowed', () => {
    expect(errorOf({ http: { port: 'many', hosst: 'x' }, commit: 5, limits: { pendingMessageMax: 1 } })).toBe(
      [
        'application "bank": 4 settings are wrong',
        '  - http.port is "many"; allowed is a whole number from 0 to 65535',
        '  - setting http.hosst is unknown; did you mean http.host?',
        '  - commit is 5; allowed is an object with minInterval, transactionTimeout',
        '  - setting limits.pendingMessageMax is unknown; did you mean limits.pendingMessagesMax?',
      ].join('\n'),
    )
  })

  test('of the environment name the variable and the setting', () => {
    expect(errorOf({}, { MILLRACE_HTTP_PORT: 'x', MILLRACE_KAFKA_BROKER: 'a:1', MILLRACE_KAFKA_BROKERS: '' })).toBe(
      [
        'application "bank": 3 settings are wrong',
        '  - MILLRACE_HTTP_PORT (http.port) is "x"; allowed is a whole number from 0 to 65535',
        '  - the environment variable MILLRACE_KAFKA_BROKER is unknown; did you mean MILLRACE_KAFKA_BROKERS?',
        '  - MILLRACE_KAFKA_BROKERS (kafka.brokers) is ""; allowed is a list of host:port, as \'kafka-1:9092\'',
      ].join('\n'),
    )
  })

  test('beyond loopback a token is asked for, and the environment may bring it', () => {
    expect(errorOf({ http: { host: '0.0.0.0' } })).toBe(
      'application "bank": 1 setting is wrong\n' +
        '  - http.host is "0.0.0.0", which other machines can reach, and http.token is not set: ' +
        'set http.token or MILLRACE_HTTP_TOKEN, or listen on 127.0.0.1',
    )
    const token = '0123456789abcdef'
    expect(resolve({ http: { host: '0.0.0.0' } }, { MILLRACE_HTTP_TOKEN: token }).settings.http.token).toBe(token)
    for (const host of ['localhost', '127.0.0.2', '::1'])
      expect(resolve({ http: { host } }).settings.http.host).toBe(host)
    expect(errorOf({ http: { host: '127.evil.example' } })).toContain('http.token is not set')
  })

  test.each([
    [
      { storage: { kind: 's3' } },
      'storage is s3 and storage.bucket is not set: set storage.bucket or MILLRACE_STORAGE_BUCKET',
    ],
    [{ storage: { kind: 'fileSystem' } }, 'storage is fileSystem and storage.directory is not set'],
    [
      { kafka: { brokers: ['a:1'], sasl: { mechanism: 'plain', username: 'u' } } },
      'kafka.sasl.password is not set, though kafka.sasl.mechanism is: set kafka.sasl.password or MILLRACE_KAFKA_SASL_PASSWORD',
    ],
    [
      { storage: { bucket: 'bank', credentials: { accessKeyId: 'a' } } },
      'storage.credentials.secretAccessKey is not set',
    ],
    [{ storage: { bucket: 'B' } }, 'storage.bucket is "B"; allowed is a bucket name: 3 to 63 lower-case'],
    [
      { kafka: { sasl: { mechanism: 'plain', username: 'u', password: 'p' } } },
      'kafka.sasl.mechanism is set, and kafka.brokers is not',
    ],
    [{ kafka: { brokers: ['a'] } }, 'kafka.brokers is ["a"]; allowed is a list of host:port, as \'kafka-1:9092\''],
    [
      { commit: { transactionTimeout: '16s' } },
      'commit.transactionTimeout is "16s"; allowed is a duration from 1s to 15s',
    ],
    [{ failure: { onFailure: 'ignore' } }, 'failure.onFailure is "ignore"; allowed is one of deadLetter, park'],
    [{ limits: { valueBytesMax: '9MiB' } }, 'limits.valueBytesMax is larger than limits.requestBytesMax'],
    [{ failure: { firstDelay: '1m' } }, 'failure.firstDelay is longer than failure.maxDelay'],
    [{ kafka: { brokers: ['a:1'], ssl: false } }, 'nothing was thrown'],
  ])('%j: %s', (sections, message) => {
    expect(errorOf(sections)).toContain(message)
  })

  test('TLS material without TLS is refused', () => {
    expect(errorOf({ kafka: { brokers: ['a:1'] } }, { MILLRACE_KAFKA_SSL_CA: pem })).toContain(
      'kafka.ssl is false, though',
    )
  })

  test('secrets are not shown in errors', () => {
    const message = errorOf({ http: { token: 'hunter2' } }, {}) + errorOf({}, { MILLRACE_SIGNING_KEYS: 'k:hunter2' })
    expect(message).not.toContain('hunter2')
    const shapes = [{ http: 'hunter2' }, { kafka: { sasl: ['u', 'hunter2'] } }, { storage: { credentials: 'hunter2' } }]
    for (const shape of shapes) expect(errorOf(shape)).toMatch(/^(?![^]*hunter2)[^]*not shown/)
    expect(errorOf({ storage: { endpoint: 'http://u:hunter2@host' } })).toContain('storage.endpoint is "http://…@host"')
    expect(message).toContain('http.token has a value that is not allowed (not shown: it is a secret)')
    expect(message).toContain('MILLRACE_SIGNING_KEYS (signing.keys) has a value that is not allowed')
  })
})

describe('the table of settings', () => {
  test('gives each setting a variable of its own', () => {
    const variables = settingPaths.map(environmentName)
    expect(new Set(variables).size).toBe(settingPaths.length)
    expect(environmentName('limits.pendingMessagesMax')).toBe('MILLRACE_LIMITS_PENDING_MESSAGES_MAX')
    for (const variable of variables) expect(variable).toMatch(/^MILLRACE_[A-Z0-9_]+$/)
  })

  test('has defaults that the settings themselves allow', () => {
    const facts = { application: 'bank', storageKind: 'embedded', ownEndpoint: false } as const
    for (const path of settingPaths) {
      const { kind, initial } = settingAt(path)
      const value = initial(facts)
      if (value !== undefined && value !== null)
        expect([path, kind.fromText(kind.format(value))]).toEqual([path, value])
    }
  })

  test('reads any value of the environment as the file reads it, or refuses it with its name', () => {
    const value = fc.oneof(fc.string(), fc.constantFrom('0', '1', '250', '10s', '64KiB', 'true', 'info', 'a:1', ' '))
    fc.assert(
      fc.property(fc.constantFrom(...settingPaths), value, (path, text) => {
        const parsed = settingAt(path).kind.fromText(text)
        const outcome = (() => {
          try {
            return resolve({}, { [environmentName(path)]: text }).values[path]
          } catch (error) {
            return messageOf(error)
          }
        })()
        if (parsed === undefined) expect(outcome).toContain(`${environmentName(path)} (${path})`)
        // Alone it is allowed; together with the other defaults it may not be.
        else if (typeof outcome === 'string' && outcome.startsWith('application'))
          expect(outcome).not.toContain(`(${path})`)
        else expect(outcome).toEqual(parsed)
      }),
    )
  })
})

describe('what `millrace config` prints', () => {
  const printed = describeSettings(
    resolve(
      { http: { token: '0123456789abcdef' }, checkpoint: { bytesMax: '1MiB' } },
      { MILLRACE_COMMIT_MIN_INTERVAL: '2s' },
    ),
  )

  test('is one aligned line for each setting in force, with its origin', () => {
    const lines = printed.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^setting +value +from$/)
    const column = lines[0]!.indexOf('from')
    for (const line of lines.slice(1))
      expect(line.slice(column)).toMatch(/^(default|application file|environment \S+)$/)
    expect(printed).toMatch(/^commit\.minInterval +2s +environment MILLRACE_COMMIT_MIN_INTERVAL$/m)
    expect(printed).toMatch(/^checkpoint\.bytesMax +1MiB +application file$/m)
    expect(printed).toMatch(/^embedded\.directory +\.millrace\/bank +default$/m)
    expect(printed).not.toContain('storage.bucket')
  })

  test('masks secrets', () => {
    expect(printed).toMatch(/^http\.token +\*{8} +application file$/m)
    expect(printed).not.toContain('0123456789abcdef')
  })

  test('the reference names every setting and its variable', () => {
    const reference = settingsReference()
    expect(reference).toContain('\\<id>:\\<secret of 16 bytes')
    for (const path of settingPaths) expect(reference).toContain(`| \`${path}\` | \`${environmentName(path)}\` |`)
  })
})
