import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { checkRepository } from '../../tidy/check-repository.ts'
import { formatFinding } from '../../tidy/finding.ts'

const manifest = JSON.stringify({
  exports: { '.': { source: './runtime/sdk/index.ts', types: './dist/sdk/index.d.ts' } },
  bin: { millrace: './dist/cli/main.js' },
})
const roots: string[] = []
afterEach(() => roots.splice(0).forEach((root) => rmSync(root, { recursive: true })))

/** The findings of a repository that holds these files, as `file:line: rule`. */
function rulesBroken(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'tidy-'))
  roots.push(root)
  for (const [name, text] of Object.entries({ 'package.json': manifest, ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return checkRepository(root).findings.map((one) => formatFinding(one).split(': ').slice(0, 2).join(': '))
}

const lines = (count: number, line = 'f()\n') => line.repeat(count)
const leftover = ['TO', 'DO'].join('')

describe('the house rules', () => {
  it.each<[rule: string, files: Record<string, string>, found: string[]]>([
    ['long file', { 'test/a.ts': lines(401) }, ['test/a.ts:401: file-length']],
    ['file at the bound', { 'test/a.ts': lines(400) }, []],
    ['long function', { 'test/a.ts': `f()\nfunction g() {\n${lines(69)}}\n` }, ['test/a.ts:2: function-length']],
    ['function at the bound', { 'test/a.ts': `function g() {\n${lines(68)}}\n` }, []],
    ['long test', { 'test/a.test.ts': `it('', () => {\n${lines(69)}})\n` }, ['test/a.test.ts:1: function-length']],
    [
      'short tests',
      { 'test/a.test.ts': `describe('', () => {\n${lines(3, `it('', () => {\n${lines(40)}})\n`)}})\n` },
      [],
    ],
    ['any', { 'test/a.ts': 'f()\nexport const a = (b: any) => b\n' }, ['test/a.ts:2: no-any']],
    ['any in a text', { 'test/a.ts': "export const a = 'any' // any\n" }, []],
    ['enum', { 'test/a.ts': 'export enum A { B }\n' }, ['test/a.ts:1: no-enum']],
    ['barrel by name', { 'test/a/index.ts': 'f()\n' }, ['test/a/index.ts:1: no-barrel']],
    ['barrel by content', { 'test/a.ts': "export * from './b.ts'\n" }, ['test/a.ts:1: no-barrel']],
    ['public entry', { 'runtime/sdk/index.ts': "export * from './a.ts'\n", 'runtime/sdk/a.ts': 'f()\n' }, []],
    ['name of a file', { 'test/readThis.ts': 'f()\n' }, ['test/readThis.ts:1: kebab-case']],
    ['name of a folder', { 'test/Some/a.worker.ts': 'f()\n' }, ['test/Some/a.worker.ts:1: kebab-case']],
    ['leftover', { 'infra/a.py': `\n# ${leftover}: more\n` }, ['infra/a.py:2: no-leftover']],
    ['hidden test', { 'test/a.test.ts': "describe.each([1]).only('', f)\n" }, ['test/a.test.ts:1: no-hidden-test']],
    ['method named only', { 'test/a.test.ts': 'query.only()\n' }, []],
    [
      'dead file',
      { 'runtime/a.ts': 'f()\n', 'test/a.test.ts': "import '../runtime/a.ts'\n" },
      ['runtime/a.ts:1: dead-file'],
    ],
    ['program', { 'runtime/cli/main.ts': "new Worker(new URL('./a.ts', b))\n", 'runtime/cli/a.ts': 'f()\n' }, []],
    ['dead link', { 'README.md': '\n[a](docs/a.md)\n' }, ['README.md:2: dead-link']],
    ['dead anchor', { 'README.md': '# A b\n[a](#a-b) [b](#b)\n' }, ['README.md:2: dead-link']],
    ['links that are none', { 'README.md': '`[a](b.md)` [c](https://example.com)\n```\n[a](b.md)\n```\n' }, []],
    ['machine path', { 'docs/a.md': `see ${'/t' + 'mp/'}a\n` }, ['docs/a.md:1: no-machine-path']],
    ['private registry', { '.ci/run': `X_INDEX-URL=http://${'127.0.0.1'}:1/\n` }, ['.ci/run:1: no-private-registry']],
    [
      'registry in the lockfile',
      { 'package-lock.json': '{\n"resolved": "https://example.com/a.tgz"\n}' },
      ['package-lock.json:2: no-registry-in-lockfile'],
    ],
  ])('%s', (_rule, files, found) => {
    expect(rulesBroken(files)).toEqual(found)
  })

  it('counts each own file once among the imports', () => {
    const imports = (count: number) => Array.from({ length: count }, (_, n) => `import './a${n}.ts'\n`).join('')
    const foreign = "import 'node:fs'\nimport './a1.ts'\n"
    expect(rulesBroken({ 'test/a.ts': imports(12) + foreign })).toEqual([])
    expect(rulesBroken({ 'test/a.ts': imports(13) })).toEqual(['test/a.ts:1: own-imports'])
  })
})
