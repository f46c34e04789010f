import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

/**
 * Serves functions in workerd, as they would be deployed: requests go straight to their Worker, and not through the one that
 * Miniflare puts before it for development.
 */
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
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
  })
  await miniflare.ready
  return { url: (await miniflare.unsafeGetDirectURL()).toString(), close: () => miniflare.dispose() }
}
