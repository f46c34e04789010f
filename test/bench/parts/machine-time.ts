import { readFile } from 'node:fs/promises'

/** What all cores of this machine have spent since it started, in the kernel's ticks. */
export interface MachineTime {
  readonly total: number
  /** Of it: there was something to run here, and the host ran another machine. */
  readonly stolen: number
}

const nothingKnown: MachineTime = { total: 0, stolen: 0 }

/** Linux alone tells; elsewhere nothing is known to be stolen. */
export const machineTime = async (): Promise<MachineTime> =>
  machineTimeIn(await readFile('/proc/stat', 'utf8').catch(() => ''))

/** From the text of /proc/stat. */
export const machineTimeIn = (text: string): MachineTime => {
  // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in these already.
  const fields = /^cpu +(.*)$/m.exec(text)?.[1]?.split(' ').slice(0, 8).map(Number)
  if (fields?.length !== 8) return nothingKnown
  return { total: fields.reduce((sum, ticks) => sum + ticks), stolen: fields[7]! }
}

/** The share of a machine's time between two moments that its host gave to others, 0 to 1. */
export const stolenShare = (before: MachineTime, after: MachineTime): number => {
  const total = after.total - before.total
  return total > 0 ? (after.stolen - before.stolen) / total : 0
}
