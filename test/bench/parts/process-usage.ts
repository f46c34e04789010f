import { readdir, readFile } from 'node:fs/promises'

// Linux tells of its processes in /proc. Node has no other way to ask about a process that is not itself.

const fieldOf = (status: string, name: string): string => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1] ?? ''

/** MiB of memory that a process has in RAM. */
export const residentMib = async (pid: number): Promise<number> =>
  Number.parseInt(fieldOf(await readFile(`/proc/${pid}/status`, 'utf8'), 'VmRSS')) / 1_024

/** The process of this name that `parent` has started; undefined where there is none. */
export const childNamed = async (name: string, parent: number): Promise<number | undefined> => {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    if (fieldOf(status, 'Name') === name && Number(fieldOf(status, 'PPid')) === parent) return Number(pid)
  }
  return undefined
}

/** The kernel counts in hundredths of a second for programs, whatever its own clock. */
const tickMs = 10

/** Milliseconds of CPU that a process has used, all its threads together. */
export const cpuMs = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name, in brackets, may hold spaces; user and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}
