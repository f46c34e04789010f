import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const bundle = async (contents: string) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['source'],
    write: false,
    metafile: true,
  })
  const [output] = Object.values(metafile.outputs)
  const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  const size = gzipSync(outputFiles[0]!.contents, { level: 9 }).length
  return { size, text: outputFiles[0]!.text, files: used.map(([path]) => path) }
}

const contract = `
  import { actor, int, list, map, request, string, value } from 'millrace'
  export const account = actor('bank/account', {
    state: { balance: value(int, { initial: 0 }), log: list(string), seen: map(string, int) },
    messages: { deposit: int, withdraw: request(int, int) },
  })`

it('serves in less than 23 KB, minified and gzipped', async () => {
  const { size } = await bundle(`${contract}
    import { serve } from 'millrace'
    export default serve([account.handle({ deposit() {}, withdraw: () => 1 })])`)
  const everything = await bundle(`export * from 'millrace'`)
  console.log(`serving ${size} bytes, all of millrace ${everything.size} bytes`)
  expect(size).toBeLessThan(23 * 1024)
  expect(everything.size).toBeLessThan(24 * 1024)
})

it('brings no server along with a contract', async () => {
  const { size, files, text } = await bundle(contract)
  console.log(`contract ${size} bytes`)
  expect(files.filter((path) => /hono|serve|handler|call-run|slot/.test(path))).toEqual([])
  expect(text).not.toMatch(/node:/)
  expect(size).toBeLessThan(8 * 1024)
})

it('imports nothing of Node', async () => {
  expect((await bundle(`export * from 'millrace'`)).text).not.toMatch(/from\s*["']node:|require\(/)
})
