import { readFileSync } from 'node:fs'

/**
 * Whether a process of this id runs. With `commandHolds` it must also have that text in its command line, so that an id
 * which the system has given to somebody else does not count.
 */
export function isAlive(pid: number, commandHolds?: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    if (stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')) return false
    return commandHolds === undefined || readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(commandHolds)
  } catch {
    // Systems without /proc: only the id is known.
    return true
  }
}
