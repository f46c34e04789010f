import { parseArgs } from 'node:util'
import { faultKinds, type FaultKind, type ScenarioChange } from '../scenario.ts'

export interface SimOptions {
  readonly from: number
  readonly seeds: number
  readonly workers: number
  readonly change: ScenarioChange
  /** Print every line of what happens. */
  readonly trace: boolean
  /** Stop at the first seed that fails, and do not shrink it. */
  readonly firstFailure: boolean
}

export const usage = `npm run sim -- [options]
  --seeds N        how many seeds to run (3000)
  --from S         the first of them (1)
  --seed S         this one alone
  --workers N      threads (2)
  --without a,b    leave these faults out: ${faultKinds.join(', ')}
  --inputs N       so many messages from outside
  --fault-ms N     faults end after so much virtual time
  --trace          print what happens
  --first-failure  stop at the first seed that fails`

/** Undefined: help was asked for. Throws an error that says what is allowed. */
export const parseOptions = (args: readonly string[]): SimOptions | undefined => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '3000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      workers: { type: 'string', default: '2' },
      without: { type: 'string' },
      inputs: { type: 'string' },
      'fault-ms': { type: 'string' },
      trace: { type: 'boolean', default: false },
      'first-failure': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const { seed } = values
  const change = {
    ...(values.without === undefined ? {} : { without: kindsOf(values.without) }),
    ...(values.inputs === undefined ? {} : { inputs: whole('inputs', values.inputs) }),
    ...(values['fault-ms'] === undefined ? {} : { faultMs: whole('fault-ms', values['fault-ms']) }),
  }
  return {
    from: whole('from', seed ?? values.from),
    seeds: seed === undefined ? whole('seeds', values.seeds) : 1,
    workers: seed === undefined ? whole('workers', values.workers) : 1,
    change,
    trace: values.trace,
    firstFailure: values['first-failure'],
  }
}

/** The command that runs a scenario again. */
export const commandOf = (seed: number, { without, inputs, faultMs }: ScenarioChange): string =>
  [
    `npm run sim -- --seed ${seed}`,
    ...(without?.length ? [`--without ${without.join(',')}`] : []),
    ...(inputs === undefined ? [] : [`--inputs ${inputs}`]),
    ...(faultMs === undefined ? [] : [`--fault-ms ${faultMs}`]),
  ].join(' ')

const whole = (name: string, text: string): number => {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 1) return number
  throw new Error(`--${name} is ${text}; allowed are whole numbers from 1`)
}

const kindsOf = (text: string): readonly FaultKind[] =>
  text.split(',').map((name) => {
    const kind = faultKinds.find((each) => each === name)
    if (kind) return kind
    throw new Error(`--without ${name}: there is no such fault; there are ${faultKinds.join(', ')}`)
  })
