import { spawn } from 'node:child_process'
import { mutations } from './list.ts'
import type { Mutation } from './mutation.ts'

// Each deliberate fault must be found by the simulator within this many seeds: the test of the test.
const seedsMax = 2_000
const atOnce = 2

interface Finding {
  readonly mutation: Mutation
  /** The seed that failed, and how; undefined: it was not found. */
  readonly found: string | undefined
  readonly seconds: number
}

const find = (mutation: Mutation): Promise<Finding> =>
  new Promise((resolve, reject) => {
    const startedMs = performance.now()
    const args = [
      '--conditions=source',
      '--import',
      new URL('register.ts', import.meta.url).href,
      new URL('../main.ts', import.meta.url).pathname,
      ...['--seeds', String(seedsMax), '--workers', '1', '--first-failure'],
    ]
    const env = { ...process.env, SIM_MUTATION: mutation.name }
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (data: Buffer) => (output += data.toString()))
    child.stderr.on('data', (data: Buffer) => (output += data.toString()))
    child.on('error', reject)
    child.on('exit', () => {
      const found = /^seed \d+: .*/m.exec(output)?.[0]
      // It may also not run at all: then the mutation is wrong, not found.
      if (found === undefined && !/^\d+ seeds in /m.test(output)) reject(new Error(`${mutation.name}:\n${output}`))
      resolve({ mutation, found, seconds: (performance.now() - startedMs) / 1_000 })
    })
  })

const chosen = process.argv.length > 2 ? mutations.filter(({ name }) => process.argv.includes(name)) : mutations
const left = [...chosen]
const missed: string[] = []
const work = async (): Promise<void> => {
  for (let next = left.shift(); next; next = left.shift()) {
    const { mutation, found, seconds } = await find(next)
    if (found === undefined) missed.push(mutation.name)
    const what = found?.slice(0, 140) ?? `NOT FOUND within ${seedsMax} seeds`
    console.log(`rule ${mutation.rule}: ${mutation.name}: ${what} (${seconds.toFixed(0)} s)`)
  }
}
await Promise.all(Array.from({ length: atOnce }, work))
console.log(`${chosen.length - missed.length} passed, ${missed.length} failed`)
if (missed.length > 0) process.exitCode = 1
