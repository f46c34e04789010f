import { spawn } from 'node:child_process'

export interface ToolRun {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly timeoutMs: number
  /** Said when the tool is not installed: what to install, or what to set instead. */
  readonly missing: string
}

const OUTPUT_CHARS_MAX = 20_000
const TAIL_LINES = 20

/** Runs a command to its end and returns what it printed; fails with the last lines of its output. */
export function runTool(tool: string, args: readonly string[], run: ToolRun): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, {
      cwd: run.cwd,
      env: { ...process.env, ...run.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: run.timeoutMs,
      killSignal: 'SIGKILL',
    })
    let output = ''
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_CHARS_MAX)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? new Error(`'${tool}' is not installed. ${run.missing}`) : error)
    })
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output)
      const how = signal === 'SIGKILL' ? `was stopped after ${run.timeoutMs} ms` : `ended with code ${code}`
      const tail = output.trim().split('\n').slice(-TAIL_LINES).join('\n')
      reject(new Error(`'${tool} ${args.join(' ')}' ${how}. Its last lines:\n${tail}`))
    })
  })
}
