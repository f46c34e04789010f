// `npm run bench -- [workload [case …]] [--json FILE] [--scale 0.1] [--cpu-prof] [--allocations]`: prints a table for people,
// writes JSON for machines. Without a workload all run, one after another. `npm run bench -- --quick` runs what every change
// is held to, and ends with 1 where a ratio fell behind the one that is checked in; with --write-gate it checks in its own.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { breachText } from './gate/gate.ts'
import { gatedRun, heldRows } from './gate/gated-run.ts'
import { medianRows } from './gate/median-rows.ts'
import { readRatios, writeRatios } from './gate/ratios-file.ts'
import { machineTime, stolenShare } from './parts/machine-time.ts'
import { quick, type QuickPart } from './quick.ts'
import { tableOf, type Row } from './row.ts'
import { workloads } from './workloads.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    scale: { type: 'string', default: '1' },
    'cpu-prof': { type: 'boolean', default: false },
    allocations: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    'write-gate': { type: 'boolean', default: false },
  },
})
const [named, ...wanted] = positionals
const scale = Number(values.scale)
const known = named === undefined ? [] : workloads[named]?.cases
const isGateAlone = values.quick ? named === undefined : !values['write-gate']
if (!known || !isGateAlone || !(scale > 0) || !wanted.every((name) => known.includes(name))) {
  console.error('usage: npm run bench -- [workload [case …]] [--json FILE] [--scale 0.1] [--cpu-prof] [--allocations]')
  console.error('       npm run bench -- --quick [--write-gate] [--json FILE]')
  for (const [name, { cases }] of Object.entries(workloads)) console.error(`  ${name}: ${cases.join(' ')}`)
  process.exit(2)
}
/** What is checked in is the middle one of so many. */
const runsOfGate = 3
/** A machine whose host gives more of its time to others than this is told of beside its figures. */
const stolenToTell = 0.01
const nodeOptions = values['cpu-prof'] ? ['--cpu-prof', '--cpu-prof-dir=.local/profiles'] : []
// What was started ends with this process, by hooks on its exit.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))
const writeJson = async (rows: readonly Row[]): Promise<void> => {
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, undefined, 2)}\n`)
}
const soFar: Row[] = []
const measure = async ({ workload, cases, scale }: QuickPart): Promise<Row[]> => {
  const options = { scale, nodeOptions, allocations: values.allocations }
  const before = await machineTime()
  const measured = (await workloads[workload]?.run(cases, options)) ?? []
  const stolen = stolenShare(before, await machineTime())
  console.log(`${tableOf(measured)}\n`)
  if (stolen > stolenToTell)
    console.log(
      `meanwhile the host of this machine gave ${(100 * stolen).toFixed(0)} % of its time to others (steal)\n`,
    )
  soFar.push(...measured)
  await writeJson(soFar)
  return measured
}
const asked = Object.entries(workloads)
  .filter(([name, { byNameAlone }]) => (named === undefined ? !byNameAlone : named === name))
  .map(([workload, { cases }]) => ({ workload, cases: wanted.length > 0 ? wanted : cases, scale }))
const expected = values.quick && !values['write-gate'] ? await readRatios() : []
const { rows, breaches } = await gatedRun(values.quick ? quick : asked, measure, expected)
await writeJson(rows)
if (values['write-gate']) {
  const runs = [rows]
  while (runs.length < runsOfGate) runs.push((await gatedRun(quick, measure, [])).rows)
  // A case that failed has no ratios to hold anything to.
  if (!process.exitCode) await writeRatios(heldRows(quick, medianRows(runs)))
}
for (const breach of breaches) console.error(breachText(breach))
if (breaches.length > 0) process.exitCode = 1
process.exit()
