#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { commands } from './commands.ts'
import { errorText, exitCode, exitCodeOf } from './exit-code.ts'

const help = (): string => {
  const lines = commands.flatMap(({ usage, about }) => [`  millrace ${usage}`, `      ${about}`])
  return ['Stateful streams on serverless functions.', '', 'usage:', ...lines, '', '  millrace --version', ''].join(
    '\n',
  )
}

const version = (): string => {
  const manifest: { version?: unknown } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  return String(manifest.version)
}

const fail = (error: unknown): never => {
  process.stderr.write(`millrace: ${errorText(error)}\n`)
  process.exit(exitCodeOf(error))
}

const run = async (args: readonly string[]): Promise<number> => {
  const [name, ...rest] = args
  if (name === '--version') {
    console.log(version())
    return exitCode.ok
  }
  if (name === undefined || name === '--help' || name === 'help' || rest.includes('--help')) {
    process.stdout.write(help())
    return name === undefined ? exitCode.usage : exitCode.ok
  }
  const command = commands.find(({ usage }) => usage.split(' ')[0] === name)
  if (command) return command.run(rest, process.env)
  process.stderr.write(`millrace: there is no command '${name}'\n\n${help()}`)
  return exitCode.usage
}

process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
// Timers of what has ended must not hold the process.
run(process.argv.slice(2)).then((code) => process.exit(code), fail)
