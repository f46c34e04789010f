import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ApplicationDefinition, isApplication } from '../config/definition.ts'
import { MillraceError } from '../model/errors.ts'
import { bundle, millracePackage } from './bundle.ts'
import { type DevOptions, readDevOptions } from './dev/options.ts'

export interface LoadedApplication {
  readonly definition: ApplicationDefinition
  /** Its export `dev`: what `millrace dev` does besides. */
  readonly dev: DevOptions
  /** Of the application file: what it names lies beside it. */
  readonly directory: string
}

/**
 * Bundles the application file and imports it. The bundle lies beside the file while it is imported, so that packages are
 * found from there; a source map makes errors point at the user's lines.
 */
export const loadApplication = async (file: string): Promise<LoadedApplication> => {
  const path = resolve(file)
  if (!existsSync(path))
    throw new MillraceError('SETTING_INVALID', `there is no file ${path}: name the application file with --config`)
  const directory = dirname(path)
  const exports = await imported(path, directory)
  const definition = exports['default']
  if (!isApplication(definition))
    throw new MillraceError('SETTING_INVALID', `${path} must export by default what application('name', { … }) answers`)
  return { definition, dev: readDevOptions(exports['dev'], path), directory }
}

/** Node keeps what it imported by its path. */
let loads = 0

const imported = async (path: string, directory: string): Promise<Readonly<Record<string, unknown>>> => {
  const text = await bundle({
    entryPoints: [path],
    absWorkingDir: directory,
    outfile: join(directory, 'bundle.mjs'),
    packages: 'external',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    sourcesContent: false,
    plugins: [millracePackage(true)],
  })
  const temporary = join(directory, `.${basename(path)}.${process.pid}-${++loads}.mjs`)
  process.setSourceMapsEnabled(true)
  await writeFile(temporary, text)
  try {
    const exports: Readonly<Record<string, unknown>> = await import(pathToFileURL(temporary).href)
    return exports
  } finally {
    await rm(temporary, { force: true })
  }
}
