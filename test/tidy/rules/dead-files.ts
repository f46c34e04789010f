import { posix } from 'node:path'
import ts from 'typescript'
import { type Finding } from '../finding.ts'
import { house } from '../house.ts'
import { isTest, type SourceFile, walk } from '../source-file.ts'

/** Every file of runtime/ is imported by code that is no test, or is an entry. */
export function deadFilesRule(sources: readonly SourceFile[], packageJson: string): Finding[] {
  const alive = new Set([...house.startedByName, ...packageEntries(packageJson)])
  for (const source of sources) {
    if (source.path.startsWith('test/') || isTest(source.path)) continue
    for (const name of namedFiles(source)) alive.add(name)
  }
  return sources
    .filter(({ path }) => path.startsWith('runtime/') && !isTest(path) && !alive.has(path))
    .map(({ path }) => ({
      file: path,
      line: 1,
      rule: 'dead-file',
      advice: 'nothing but tests imports it: use it, delete it, or name it in startedByName of test/tidy/house.ts',
    }))
}

/** The sources behind the exports and programs of package.json. */
export function packageEntries(packageJson: string): string[] {
  const found: string[] = []
  const collect = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) return Object.values(value).forEach(collect)
    if (typeof value !== 'string') return
    found.push(value.replace(/^\.\//, '').replace(/^dist\/(.*)\.js$/, 'runtime/$1.ts'))
  }
  const manifest: { exports?: unknown; bin?: unknown } = JSON.parse(packageJson)
  collect([manifest.exports, manifest.bin])
  return found
}

/** The files that a file names in an import, a worker's address or the like: any relative path that ends in .ts. */
function namedFiles({ path, tree }: SourceFile): string[] {
  const names: string[] = []
  walk(tree, (node) => {
    if (!ts.isStringLiteralLike(node) || !/^\.{1,2}\/.*\.ts$/.test(node.text)) return
    names.push(posix.join(posix.dirname(path), node.text))
  })
  return names
}
