import { environmentName } from './setting.ts'
import type { ResolvedSettings } from './resolve-settings.ts'
import { otherVariables } from './resolve-settings.ts'
import { settingAt, type SettingPath, settingPaths } from './settings-table.ts'

const shownCharsMax = 60

/** A value as the table and the environment write it. */
const formatValue = (path: SettingPath, value: unknown): string => {
  const { kind, secret } = settingAt(path)
  if (value === undefined || value === null) return '(not set)'
  if (secret) return '********'
  const text = kind.format(value).replaceAll(/\s+/g, ' ')
  return text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text === '' ? '(empty)' : text
}

const align = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const inForce = (resolved: ResolvedSettings, path: SettingPath): boolean => {
  const { values } = resolved
  if (path.startsWith('kafka.') && path !== 'kafka.brokers') return values['kafka.brokers'] !== undefined
  if (path === 'embedded.directory')
    return values['kafka.brokers'] === undefined || values['storage.kind'] === 'embedded'
  if (path === 'storage.directory') return values['storage.kind'] === 'fileSystem'
  if (path.startsWith('storage.') && path !== 'storage.kind') return values['storage.kind'] === 's3'
  return true
}

/**
 * What `millrace config` prints: every setting in force, its value, and where the value came from. Secrets are masked.
 */
export const describeSettings = (resolved: ResolvedSettings): string => {
  const paths = settingPaths.filter((path) => inForce(resolved, path))
  const rows = paths.map((path) => [path, formatValue(path, resolved.values[path]), resolved.origins.get(path) ?? ''])
  return `${align([['setting', 'value', 'from'], ...rows])}\n`
}

const cell = (text: string): string => text.replaceAll(/[|<]/g, '\\$&')

/** The reference of all settings as Markdown, for the docs. */
export const settingsReference = (): string => {
  const facts = { application: '<application>', storageKind: 'embedded', ownEndpoint: false } as const
  const rows = settingPaths.map((path) => {
    const { kind, initial, initialText, about } = settingAt(path)
    const value = initial(facts)
    const usual = initialText ?? (value === undefined ? 'not set' : `\`${formatValue(path, value)}\``)
    return `| \`${path}\` | \`${environmentName(path)}\` | ${cell(usual)} | ${cell(kind.allowed)} | ${cell(about)} |`
  })
  const others = [...otherVariables].map(([name, about]) => `| – | \`${name}\` | – | – | ${cell(about)} |`)
  const head = [
    '| setting | environment variable | default | allowed | what it is |',
    '| --- | --- | --- | --- | --- |',
  ]
  return `${[...head, ...rows, ...others].join('\n')}\n`
}
