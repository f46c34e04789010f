import type { GivenSettings } from './given-settings.ts'
import { Problems } from './problems.ts'
import { environmentName, type SettingFacts } from './setting.ts'
import { checkTogether } from './check-together.ts'
import { type Settings, settingsOf } from './settings.ts'
import { settingAt, type SettingPath, settingPaths, type SettingValues } from './settings-table.ts'

/** Where a setting's value came from. */
export type Origin = 'default' | 'application file' | `environment ${string}`

export interface ResolvedSettings {
  readonly settings: Settings
  /** By path, as the table of settings names them. */
  readonly values: SettingValues
  readonly origins: ReadonlyMap<SettingPath, Origin>
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Variables that begin with MILLRACE_ and are no settings of an application: who reads them. */
export const otherVariables: ReadonlyMap<string, string> = new Map([
  ['MILLRACE_PARTS', 'Read by the repository’s own scripts: where they keep what they fetched.'],
  ['MILLRACE_KEEP_DATA', 'Read by the repository’s own scripts: keep the data of a run.'],
])

const pathsByVariable: ReadonlyMap<string, SettingPath> = new Map(
  settingPaths.map((path) => [environmentName(path), path]),
)

const readEnvironment = (env: Environment, problems: Problems): Map<SettingPath, unknown> => {
  const read = new Map<SettingPath, unknown>()
  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || !name.startsWith('MILLRACE_') || otherVariables.has(name)) continue
    const path = pathsByVariable.get(name)
    if (path === undefined) {
      problems.unknown('the environment variable', name, [...pathsByVariable.keys(), ...otherVariables.keys()])
      continue
    }
    const { kind, secret } = settingAt(path)
    const value = kind.fromText(text)
    if (value !== undefined) read.set(path, value)
    else if (secret) problems.wrongSecret(`${name} (${path})`, kind.allowed)
    else problems.wrong(`${name} (${path})`, text, kind.allowed)
  }
  return read
}

/**
 * Which storage is meant where none is named outright: the environment decides before the application file, a bucket
 * means S3, a directory the file system.
 */
const inferStorage = (
  env: ReadonlyMap<SettingPath, unknown>,
  given: GivenSettings,
): { kind: SettingFacts['storageKind']; origin: Origin } => {
  const sources: readonly (readonly [GivenSettings, (path: SettingPath) => Origin])[] = [
    [env, (path) => `environment ${environmentName(path)}`],
    [given, () => 'application file'],
  ]
  for (const [source, origin] of sources) {
    const named = source.get('storage.kind')
    if (named === 's3' || named === 'fileSystem' || named === 'embedded')
      return { kind: named, origin: origin('storage.kind') }
    if (source.has('storage.bucket')) return { kind: 's3', origin: origin('storage.bucket') }
    if (source.has('storage.directory')) return { kind: 'fileSystem', origin: origin('storage.directory') }
  }
  return { kind: 'embedded', origin: 'default' }
}

/**
 * What is in force: the application file's settings over the defaults, and environment variables over both.
 * @throws a MillraceError SETTING_INVALID with one line for each wrong or unknown variable, and for each setting that
 * another one needs.
 */
export const resolveSettings = (
  definition: { readonly name: string; readonly given: GivenSettings },
  env: Environment,
): ResolvedSettings => {
  const problems = new Problems()
  const fromEnv = readEnvironment(env, problems)
  const storage = inferStorage(fromEnv, definition.given)
  const facts: SettingFacts = {
    application: definition.name,
    storageKind: storage.kind,
    ownEndpoint: fromEnv.has('storage.endpoint') || definition.given.has('storage.endpoint'),
  }
  const origins = new Map<SettingPath, Origin>()
  const values: Partial<Record<SettingPath, unknown>> = {}
  for (const path of settingPaths) {
    const variable = environmentName(path)
    if (fromEnv.has(path)) {
      values[path] = fromEnv.get(path)
      origins.set(path, `environment ${variable}`)
    } else if (definition.given.has(path)) {
      values[path] = definition.given.get(path)
      origins.set(path, 'application file')
    } else {
      values[path] = settingAt(path).initial(facts)
      origins.set(path, 'default')
    }
  }
  values['storage.kind'] = storage.kind
  origins.set('storage.kind', storage.origin)
  // Each value was parsed by its own row of the table, or is that row's default: that is what SettingValues says.
  const all = values as SettingValues
  checkTogether(all, problems)
  problems.throwIfAny(`application "${definition.name}"`)
  return { settings: settingsOf(definition.name, all), values: all, origins }
}
