import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Bundles a file that imports packages of a part, which the repository has not got; answers where the bundle is. */
export const bundledFor = async (source: URL, modules: string, dir: string): Promise<string> => {
  const outfile = join(dir, 'bundle.mjs')
  await build({
    entryPoints: [fileURLToPath(source)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    nodePaths: [modules],
    // Packages in the older format ask for Node's own modules with `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
  return outfile
}
