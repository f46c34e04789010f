import type { ApplicationDefinition } from '../../config/definition.ts'
import { resolveSettings, type Environment } from '../../config/resolve-settings.ts'
import type { Settings } from '../../config/settings.ts'
import { knownApplication } from '../../log/application.ts'
import { savepointsPrefix } from '../../log/names.ts'
import { patientReads } from '../../log/patient-reads.ts'
import { SavepointFolder } from '../../log/savepoint/savepoint-folder.ts'
import { savepointName } from '../../log/savepoint/savepoint-name.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { FileStore } from '../../ports/file-store.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { loadApplication } from '../load-application.ts'
import { namedAs } from '../named-as.ts'
import { openStore } from '../open-store.ts'
import { folderIn, isPlace, openPlace, splitPlace } from './savepoint-place.ts'

/** Options of every command that looks into the application's bucket; `as` is its name where the file gives another. */
export const applicationOptions = {
  config: { type: 'string', default: 'millrace.config.ts' },
  as: { type: 'string' },
} as const

export const applicationUsage = '[--config millrace.config.ts] [--as application]'

/** What the commands about savepoints work with; what was opened is closed with it. */
export class SavepointSession {
  readonly definition: ApplicationDefinition
  readonly settings: Settings
  readonly env: Environment
  private readonly opened: { close(): Promise<void> }[] = []
  private bucket: ObjectStore | undefined

  private constructor(definition: ApplicationDefinition, settings: Settings, env: Environment) {
    this.definition = definition
    this.settings = settings
    this.env = env
  }

  /** Opens, does `act` and closes. */
  static async during<T>(
    { config, as }: { readonly config: string; readonly as?: string | undefined },
    env: Environment,
    act: (session: SavepointSession) => Promise<T>,
  ): Promise<T> {
    const definition = namedAs((await loadApplication(config)).definition, as)
    const session = new SavepointSession(definition, resolveSettings(definition, env).settings, env)
    try {
      return await act(session)
    } finally {
      await Promise.allSettled(session.opened.map((each) => each.close()))
    }
  }

  /** Remembers to close it. */
  opening<T extends { close(): Promise<void> }>(opened: T): T {
    this.opened.push(opened)
    return opened
  }

  /** The application's bucket. */
  get store(): ObjectStore {
    this.bucket ??= this.opening(patientReads(openStore(this.settings.storage, this.env), systemClock))
    return this.bucket
  }

  uuid(): Promise<string> {
    return knownApplication(this.store, this.definition.name)
  }

  /** All savepoints of a place, or of the application's bucket: where they are, and what their names begin with. */
  async savepoints(place: string | undefined): Promise<{ readonly store: FileStore; readonly prefix: string }> {
    if (place === undefined) return { store: this.store, prefix: savepointsPrefix(await this.uuid()) }
    return { store: this.opening(openPlace(place, this.settings.storage, this.env).store), prefix: '' }
  }

  /** A new savepoint's folder. */
  async folderFor(name: string, place: string | undefined): Promise<SavepointFolder> {
    if (place === undefined) return this.folder(savepointName(name))
    const opened = openPlace(place, this.settings.storage, this.env)
    this.opening(opened.store)
    return folderIn(opened, name)
  }

  /** A savepoint of the application by its name, or one elsewhere by its place: `./backups/nightly`. */
  async folder(savepoint: string): Promise<SavepointFolder> {
    if (isPlace(savepoint)) {
      const { place, name } = splitPlace(savepoint)
      return this.folderFor(name, place)
    }
    const prefix = savepointsPrefix(await this.uuid()) + savepointName(savepoint)
    return new SavepointFolder(this.store, systemClock, prefix, savepoint)
  }
}
