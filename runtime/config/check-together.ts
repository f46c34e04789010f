import type { Problems } from './problems.ts'
import { environmentName } from './setting.ts'
import type { SettingPath, SettingValues } from './settings-table.ts'

/** True for hosts that only this machine reaches. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

const setIt = (path: SettingPath): string => `set ${path} or ${environmentName(path)}`

/** All of the settings, or none of them. */
const together = (values: SettingValues, paths: readonly SettingPath[], problems: Problems): void => {
  const missing = paths.filter((path) => values[path] === undefined)
  const present = paths.find((path) => values[path] !== undefined)
  if (present === undefined) return
  for (const path of missing) problems.add(`${path} is not set, though ${present} is: ${setIt(path)}`)
}

/**
 * Checks what no setting can tell alone. Only once the environment has had its say, for it may bring what is missing.
 */
export const checkTogether = (values: SettingValues, problems: Problems): void => {
  const host = values['http.host']
  if (!isLoopback(host) && values['http.token'] === undefined)
    problems.add(
      `http.host is "${host}", which other machines can reach, and http.token is not set: ${setIt('http.token')}, or listen on 127.0.0.1`,
    )
  if (values['storage.kind'] === 's3' && values['storage.bucket'] === undefined)
    problems.add(`storage is s3 and storage.bucket is not set: ${setIt('storage.bucket')}`)
  if (values['storage.kind'] === 'fileSystem' && values['storage.directory'] === undefined)
    problems.add(`storage is fileSystem and storage.directory is not set: ${setIt('storage.directory')}`)
  together(values, ['kafka.sasl.mechanism', 'kafka.sasl.username', 'kafka.sasl.password'], problems)
  together(values, ['kafka.ssl.cert', 'kafka.ssl.key'], problems)
  together(values, ['storage.credentials.accessKeyId', 'storage.credentials.secretAccessKey'], problems)
  if (!values['kafka.ssl'] && (['kafka.ssl.ca', 'kafka.ssl.cert'] as const).some((path) => values[path] !== undefined))
    problems.add(
      'kafka.ssl is false, though kafka.ssl.ca or kafka.ssl.cert is set: set kafka.ssl to true or leave them out',
    )
  for (const path of ['limits.requestBytesMax', 'limits.windowBytesMax'] as const)
    if (values['limits.valueBytesMax'] > values[path])
      problems.add(`limits.valueBytesMax is larger than ${path}, so that a value could be too large to be handled`)
  if (values['failure.firstDelay'] > values['failure.maxDelay'])
    problems.add('failure.firstDelay is longer than failure.maxDelay')
  if (values['kafka.brokers'] === undefined)
    for (const path of ['kafka.sasl.mechanism', 'kafka.ssl.ca'] as const)
      if (values[path] !== undefined)
        problems.add(`${path} is set, and kafka.brokers is not: ${setIt('kafka.brokers')}`)
}
