// A component is a long-lived child process with a log file. Tests start many; none may outlive them: a normal end kills
// the children from an exit hook, and where setpriv exists the kernel does so even when the parent is killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from './is-alive.ts'

export interface ComponentPlan {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Default: this process' own. */
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Standard output and error are appended here. */
  readonly logFile: string
  /** A detached component outlives this process; any other dies with it. */
  readonly detached: boolean
  /** What to say when the command is not installed. */
  readonly missing: string
  ready(): Promise<boolean>
  readonly readyWithinMs: number
}

export interface Component {
  readonly pid: number
  /** SIGTERM, then SIGKILL if it has not ended after 30 s; resolves when the process is gone. */
  stop(): Promise<void>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
}

const READY_POLL_MS = 50
const STOP_WITHIN_MS = 30_000
const TAIL_LINES = 25
/** What setpriv, like a shell, ends with when there is no such command. */
const NOT_FOUND = 127
const SETPRIV = '/usr/bin/setpriv'

const attached = new Set<ChildProcess>()
process.on('exit', () => attached.forEach((child) => child.kill('SIGKILL')))

/** Starts a component and waits until it is ready; fails with the last lines of its log when it does not get there. */
export async function startComponent(plan: ComponentPlan): Promise<Component> {
  const child = launch(plan)
  let failure: Error | undefined
  child.once('error', (error: NodeJS.ErrnoException) => {
    failure = error.code === 'ENOENT' ? new Error(`'${plan.command}' is not installed. ${plan.missing}`) : error
  })
  const deadline = Date.now() + plan.readyWithinMs
  for (;;) {
    await sleep(READY_POLL_MS)
    if (failure) throw failure
    if (child.exitCode === NOT_FOUND) throw new Error(`'${plan.command}' is not installed. ${plan.missing}`)
    if (hasEnded(child)) throw notReady(plan, `ended with ${child.signalCode ?? `code ${child.exitCode}`}`)
    // Asked in this order, so that somebody else's server on the same port is not taken for ours.
    if ((await plan.ready()) && !hasEnded(child)) break
    if (Date.now() > deadline) {
      await end(child, 'SIGKILL')
      throw notReady(plan, `was not ready within ${plan.readyWithinMs} ms`)
    }
  }
  return { pid: child.pid!, stop: () => end(child, 'SIGTERM'), kill: () => end(child, 'SIGKILL') }
}

/** Ends a process that another process started: SIGTERM, then SIGKILL after 30 s. */
export async function endByPid(pid: number, commandHolds: string): Promise<void> {
  const deadline = Date.now() + STOP_WITHIN_MS
  if (!isAlive(pid, commandHolds)) return
  process.kill(pid, 'SIGTERM')
  while (isAlive(pid, commandHolds)) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL')
    await sleep(READY_POLL_MS)
  }
}

function launch(plan: ComponentPlan): ChildProcess {
  const log = openSync(plan.logFile, 'a')
  const bound = !plan.detached && existsSync(SETPRIV)
  const command = bound ? SETPRIV : plan.command
  const args = bound ? ['--pdeathsig', 'KILL', plan.command, ...plan.args] : [...plan.args]
  const env = { ...process.env, ...plan.env }
  const child = spawn(command, args, { stdio: ['ignore', log, log], cwd: plan.cwd, env, detached: plan.detached })
  closeSync(log)
  if (plan.detached) {
    child.unref()
  } else {
    attached.add(child)
    child.once('exit', () => attached.delete(child))
  }
  return child
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (hasEnded(child)) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
  await ended
  clearTimeout(late)
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function notReady(plan: ComponentPlan, what: string): Error {
  const tail = readFileSync(plan.logFile, 'utf8').trim().split('\n').slice(-TAIL_LINES).join('\n')
  return new Error(`${plan.name} ${what}. The last lines of ${plan.logFile}:\n${tail}`)
}
