// `npm run bench -- [workload [case …]] [--json FILE] [--scale 0.1] [--cpu-prof]`: prints a table for people, writes JSON
// for machines. Without a workload all run, one after another.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { tableOf, type Row } from './row.ts'
import { workloads } from './workloads.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    scale: { type: 'string', default: '1' },
    'cpu-prof': { type: 'boolean', default: false },
  },
})
const [named, ...wanted] = positionals
const scale = Number(values.scale)
const known = named === undefined ? [] : workloads[named]?.cases
if (!known || !(scale > 0) || !wanted.every((name) => known.includes(name))) {
  console.error('usage: npm run bench -- [workload [case …]] [--json FILE] [--scale 0.1] [--cpu-prof]')
  for (const [name, { cases }] of Object.entries(workloads)) console.error(`  ${name}: ${cases.join(' ')}`)
  process.exit(2)
}
const nodeOptions = values['cpu-prof'] ? ['--cpu-prof', '--cpu-prof-dir=.local/profiles'] : []
// What was started ends with this process, by hooks on its exit.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))
const rows: Row[] = []
for (const [name, workload] of Object.entries(workloads)) {
  if (named === undefined ? workload.byNameAlone : named !== name) continue
  const measured = await workload.run(wanted.length > 0 ? wanted : workload.cases, { scale, nodeOptions })
  console.log(`${tableOf(measured)}\n`)
  rows.push(...measured)
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, undefined, 2)}\n`)
}
process.exit()
