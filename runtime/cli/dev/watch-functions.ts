import { context, type BuildOptions, type BuildResult } from 'esbuild'
import { dirname } from 'node:path'
import { bundleError, millracePackage } from '../bundle.ts'

export interface WatchedFunctions {
  /** The bundle of the sources as they were at first. */
  readonly first: string
  close(): Promise<void>
}

/** Bundles a Worker's entry, and again whenever one of its sources changes. Rejects where it cannot be bundled at first. */
export const watchFunctions = async (
  entry: string,
  onChange: (code: string) => void,
  onError: (error: unknown) => void,
): Promise<WatchedFunctions> => {
  let last: string | undefined
  const changed = (result: BuildResult): void => {
    if (last === undefined) return
    const code = result.outputFiles?.[0]?.text
    if (result.errors.length > 0) void bundleError(Object.assign(new Error('build'), result)).then(onError)
    else if (code !== undefined && code !== last) onChange((last = code))
  }
  const options: BuildOptions = {
    entryPoints: [entry],
    absWorkingDir: dirname(entry),
    bundle: true,
    write: false,
    outfile: 'functions.mjs',
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser', 'source'],
    external: ['node:*', 'cloudflare:*'],
    sourcemap: 'inline',
    logLevel: 'silent',
    plugins: [millracePackage(false), { name: 'changed', setup: (setup) => setup.onEnd(changed) }],
  }
  const building = await context(options)
  try {
    const { outputFiles } = await building.rebuild()
    const first = outputFiles?.[0]?.text ?? ''
    last = first
    await building.watch()
    return { first, close: () => building.dispose() }
  } catch (error) {
    await building.dispose()
    throw await bundleError(error)
  }
}
