import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const done = new Map<string, Promise<URL>>()

/**
 * A source file and what it imports of this repository as JavaScript, as the published package is: to run TypeScript
 * takes Node memory that nobody has who runs the package. The file lies in this repository, where packages are found.
 */
export const compiled = (source: URL): Promise<URL> => {
  const path = fileURLToPath(source)
  const known = done.get(path) ?? compile(path)
  done.set(path, known)
  return known
}

const compile = async (path: string): Promise<URL> => {
  await mkdir(join(root, '.local'), { recursive: true })
  const dir = await mkdtemp(join(root, '.local', 'bench-'))
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  const { dependencies }: { dependencies: object } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const outfile = join(dir, `${basename(path, '.ts')}.mjs`)
  await build({
    entryPoints: [path],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    external: Object.keys(dependencies),
  })
  return pathToFileURL(outfile)
}
