// `npm run bench -- keyed-counter|state-recovery [case …] [--json FILE] [--scale 0.1]`: prints a table for people, writes JSON for machines.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { cases, keyedCounter, type CaseName } from './keyed-counter/workload.ts'
import { tableOf, type Row } from './row.ts'
import { recoveryCases, stateRecovery, type RecoveryCase } from './state-recovery/workload.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    scale: { type: 'string', default: '1' },
    'cpu-prof': { type: 'boolean', default: false },
  },
})
const [workload, ...wanted] = positionals
const isCounterCase = (name: string): name is CaseName => name in cases
const isRecoveryCase = (name: string): name is RecoveryCase => name in recoveryCases
const scale = Number(values.scale)
const nodeOptions = values['cpu-prof'] ? ['--cpu-prof', '--cpu-prof-dir=.local/profiles'] : []
/** Those that are named, or all; undefined where one is none. */
const casesOf = <Case extends string>(known: object, isCase: (name: string) => name is Case): Case[] | undefined => {
  const names = wanted.length > 0 ? wanted : Object.keys(known)
  return names.every(isCase) ? names.filter(isCase) : undefined
}
const run = (): Promise<Row[]> | undefined => {
  if (workload === 'keyed-counter') {
    const names = casesOf(cases, isCounterCase)
    return names && keyedCounter(names, scale, nodeOptions)
  }
  const names = workload === 'state-recovery' ? casesOf(recoveryCases, isRecoveryCase) : undefined
  return names && stateRecovery(names, scale, nodeOptions)
}
const running = run()
if (!running) {
  console.error(`usage: npm run bench -- keyed-counter [${Object.keys(cases).join(' | ')}] [--json FILE] [--scale 0.1]
       npm run bench -- state-recovery [${Object.keys(recoveryCases).join(' | ')}] [--json FILE] [--scale 0.1]`)
  process.exit(2)
}
const rows = await running
console.log(tableOf(rows))
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, undefined, 2)}\n`)
process.exit(0)
