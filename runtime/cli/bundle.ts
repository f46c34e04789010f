import { build, type BuildOptions, formatMessages, type Plugin } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { MillraceError } from '../model/errors.ts'

/**
 * Takes `millrace` from the package that this command belongs to, whatever else lies near the bundled file. An application
 * file must see this very copy (`external`); a Worker gets it into its bundle.
 */
export const millracePackage = (external: boolean): Plugin => ({
  name: 'millrace',
  setup: (setup) => {
    setup.onResolve({ filter: /^millrace(\/.*)?$/ }, ({ path }) => {
      const url = resolved(path)
      if (url === undefined) return { errors: [{ text: `the package millrace has no export "${path}"` }] }
      return external ? { path: url, external } : { path: fileURLToPath(url) }
    })
  },
})

const resolved = (path: string): string | undefined => {
  try {
    return import.meta.resolve(path)
  } catch {
    return undefined
  }
}

/** Bundles one file into one text. Throws a MillraceError SETTING_INVALID that shows where in the sources it failed. */
export const bundle = async (options: BuildOptions): Promise<string> => {
  try {
    const { outputFiles } = await build({ ...options, bundle: true, write: false, format: 'esm', logLevel: 'silent' })
    return outputFiles[0]?.text ?? ''
  } catch (error) {
    throw await bundleError(error)
  }
}

/** What esbuild found, in its own words: file, line and the text there. */
export const bundleError = async (error: unknown): Promise<unknown> => {
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) return error
  const shown = await formatMessages(error.errors, { kind: 'error', color: false })
  return new MillraceError('SETTING_INVALID', shown.join('').trim(), { cause: error })
}
