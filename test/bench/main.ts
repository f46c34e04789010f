// `npm run bench -- keyed-counter [case …] [--json FILE] [--scale 0.1]`: prints a table for people, writes JSON for machines.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { cases, keyedCounter, type CaseName } from './keyed-counter/workload.ts'
import { tableOf } from './row.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    scale: { type: 'string', default: '1' },
    'cpu-prof': { type: 'boolean', default: false },
  },
})
const [workload, ...wanted] = positionals
const isCase = (name: string): name is CaseName => name in cases
const unknown = wanted.filter((name) => !isCase(name))
if (workload !== 'keyed-counter' || unknown.length > 0) {
  console.error(`usage: npm run bench -- keyed-counter [${Object.keys(cases).join(' | ')}] [--json FILE] [--scale 0.1]`)
  process.exit(2)
}
const names = wanted.length > 0 ? wanted.filter(isCase) : Object.keys(cases).filter(isCase)
const rows = await keyedCounter(
  names,
  Number(values.scale),
  values['cpu-prof'] ? ['--cpu-prof', '--cpu-prof-dir=.local/profiles'] : [],
)
console.log(tableOf(rows))
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, undefined, 2)}\n`)
process.exit(0)
