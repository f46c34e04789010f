import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

export interface Workerd {
  readonly url: string
  close(): Promise<void>
}

/** Runs a Worker's source file, bundled as for a deployment, in a real workerd. */
export const startWorkerd = async (file: string): Promise<Workerd> => {
  const bundled = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['source', 'workerd', 'worker', 'browser'],
    logLevel: 'silent',
  })
  const script = bundled.outputFiles[0]?.text
  if (script === undefined) throw new Error(`${file} bundled to nothing`)
  const miniflare = new Miniflare({
    modules: true,
    script,
    compatibilityDate: '2025-06-01',
    host: '127.0.0.1',
    port: 0,
    // Nothing is fetched from outside to imitate a request's `cf` object.
    cf: false,
  })
  const url = await miniflare.ready
  return { url: url.href, close: () => miniflare.dispose() }
}
