import { dirname, basename, resolve } from 'node:path'
import type { Environment } from '../../config/resolve-settings.ts'
import type { StorageSettings } from '../../config/settings.ts'
import { SavepointFolder } from '../../log/savepoint/savepoint-folder.ts'
import { savepointName } from '../../log/savepoint/savepoint-name.ts'
import { MillraceError } from '../../model/errors.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { FileStore } from '../../ports/file-store.ts'
import { plainDirectory } from '../../storage/plain-directory.ts'
import { s3Store } from '../../storage/s3.ts'

const requestTimeoutMs = 60_000

/** Where savepoints lie outside of an application's bucket: each has a folder of its name there. */
export interface SavepointPlace {
  readonly store: FileStore
  /** As it was typed. */
  readonly shown: string
}

/** True for what names a place and not a savepoint of the application: `./backups/nightly`, `s3://bucket/backups/nightly`. */
export const isPlace = (text: string): boolean =>
  text.includes('/') || text.includes('\\') || text === '.' || text === '..'

/**
 * Opens a directory, or `s3://bucket/prefix` with the endpoint, region and credentials of the application's own bucket, else
 * of `?endpoint=` and `?region=`, else what the AWS SDK finds.
 */
export const openPlace = (text: string, storage: StorageSettings, env: Environment): SavepointPlace => {
  if (!/^[a-z0-9+.-]+:\/\//i.test(text)) return { store: plainDirectory(resolve(text)), shown: text }
  const url = new URL(text)
  const prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '')
  const unknown = [...url.searchParams.keys()].filter((name) => name !== 'endpoint' && name !== 'region')
  if (url.protocol !== 's3:' || url.hostname === '' || unknown.length > 0)
    throw new MillraceError(
      'SETTING_INVALID',
      `${text} is no place for savepoints: name a directory or s3://bucket/prefix, perhaps with ?endpoint=…&region=…`,
    )
  const own = storage.kind === 's3' ? storage : undefined
  const endpoint = url.searchParams.get('endpoint') ?? own?.endpoint
  const usual = own?.region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1'
  const settings = {
    bucket: url.hostname,
    prefix,
    endpoint,
    region: url.searchParams.get('region') ?? usual,
    pathStyle: own?.pathStyle ?? endpoint !== undefined,
    credentials: own?.credentials,
    requestTimeoutMs,
  }
  const store = s3Store(settings, systemClock)
  return { store, shown: text }
}

/** The folder of one savepoint in a place. */
export const folderIn = ({ store, shown }: SavepointPlace, name: string): SavepointFolder =>
  new SavepointFolder(store, systemClock, savepointName(name), `${shown.replace(/\/+$/, '')}/${name}`)

/** Takes `<place>/<name>` apart. */
export const splitPlace = (text: string): { readonly place: string; readonly name: string } => {
  const [given = '', query] = text.split('?')
  const path = given.replace(/\/+$/, '')
  if (/^[a-z0-9+.-]+:\/\//i.test(text)) {
    const at = path.lastIndexOf('/')
    return { place: path.slice(0, at) + (query === undefined ? '' : `?${query}`), name: path.slice(at + 1) }
  }
  const whole = resolve(text)
  return { place: dirname(whole), name: basename(whole) }
}
