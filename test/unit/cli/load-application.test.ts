import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadApplication } from '../../../runtime/cli/load-application.ts'

let directory = ''
const root = join(import.meta.dirname, '../../..')

beforeEach(async () => {
  // Below the repository, so that its packages are found from there.
  await mkdir(join(root, '.local'), { recursive: true })
  directory = await mkdtemp(join(root, '.local/application-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const load = async (text: string) => {
  const file = join(directory, 'millrace.config.ts')
  await writeFile(file, text)
  return loadApplication(file)
}

it('bundles what the file imports, types and all, and leaves nothing behind', async () => {
  await writeFile(
    join(directory, 'counter.ts'),
    `import { actor, int } from 'millrace'
     enum Name { counter = 'test/counter' }
     export const counter = actor(Name.counter as 'test/counter', { state: {}, messages: { add: int } })`,
  )
  const { definition, dev } = await load(
    `import { application, inProcess } from 'millrace/config'
     import { counter } from './counter.ts'
     export default application('test', { functions: [inProcess([counter.handle({ add() {} })])] })
     export const dev = { functions: './functions.ts' }`,
  )
  expect(definition.functions[0]?.typenames).toEqual(['test/counter'])
  expect(dev.functions).toBe('./functions.ts')
  expect(await readdir(directory)).toEqual(['counter.ts', 'millrace.config.ts'])
})

it('shows the line that esbuild could not read', async () => {
  await expect(load('export default (')).rejects.toThrow(/millrace\.config\.ts:1:16/)
  await expect(load("import 'millrace/nothing'")).rejects.toThrow('has no export "millrace/nothing"')
})

it('wants an application by default, from a file that is there', async () => {
  await expect(load('export default 5')).rejects.toThrow('must export by default')
  await expect(loadApplication(join(directory, 'none.ts'))).rejects.toThrow('name the application file with --config')
  await expect(load("throw new Error('mine')")).rejects.toThrow('mine')
  expect(await readdir(directory)).toEqual(['millrace.config.ts'])
})
