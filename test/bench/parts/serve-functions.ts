import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

/** Serves functions in workerd, as they would be deployed. */
export const serveFunctions = async (worker: URL): Promise<{ url: string; close: () => Promise<void> }> => {
  const bundled = await build({
    entryPoints: [fileURLToPath(worker)],
    bundle: true,
    format: 'esm',
    write: false,
    conditions: ['source', 'workerd'],
    minify: true,
  })
  const script = bundled.outputFiles[0]?.text ?? ''
  const miniflare = new Miniflare({
    modules: true,
    script,
    compatibilityDate: '2026-01-01',
    cf: false,
    host: '127.0.0.1',
    port: 0,
  })
  return { url: (await miniflare.ready).toString(), close: () => miniflare.dispose() }
}
