import { readFile, writeFile } from 'node:fs/promises'
import type { Row } from '../row.ts'
import { parseRatios, ratiosOf, type GatedRatio } from './gated-ratio.ts'

const file = new URL('ratios.json', import.meta.url)

/** The checked-in ratios. */
export const readRatios = async (): Promise<GatedRatio[]> => parseRatios(await readFile(file, 'utf8'))

/** Checks in the ratios of a run in place of those there were; one a line, so that a difference is easy to read. */
export const writeRatios = async (rows: readonly Row[]): Promise<void> => {
  const lines = ratiosOf(rows).map((ratio) => {
    const members = Object.entries(ratio).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    return `  { ${members.join(', ')} }`
  })
  await writeFile(file, `[\n${lines.join(',\n')}\n]\n`)
}
