import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../../..')
/** Inside the repository, so that the examples find the packages, and for this run alone. Ignored by Git. */
const folder = join(root, `.local/examples-${process.pid}`)

export interface Example {
  /** The page, as `docs/guide/test.md`. */
  readonly page: string
  /** As the first line of the block names it: `// functions/account.ts`. */
  readonly name: string
  readonly path: string
  readonly text: string
}

const pages = (): string[] => [
  ...(existsSync(join(root, 'README.md')) ? ['README.md'] : []),
  ...readdirSync(join(root, 'docs/guide')).map((name) => `docs/guide/${name}`),
]

/** The TypeScript blocks of a page: those of one page are files of one project. */
export const examplesOf = (page: string): Example[] => {
  const blocks = readFileSync(join(root, page), 'utf8').matchAll(/^```(?:ts|typescript)\n(.*?)^```$/gms)
  return [...blocks].map(([, text = ''], index) => {
    const name = /^\/\/ (\S+\.ts)\b/.exec(text)?.[1] ?? `block-${index + 1}.ts`
    return { page, name, path: join(folder, page.replace(/\.md$/, ''), name), text }
  })
}

/** All examples of the documentation, written out. */
export const writeExamples = (): readonly Example[] => {
  const examples = pages().flatMap(examplesOf)
  for (const { path, text, page, name } of examples) {
    if (existsSync(path)) throw new Error(`${page} has two blocks called ${name}`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return examples
}

export const removeExamples = (): void => rmSync(folder, { recursive: true, force: true })
