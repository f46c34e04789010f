import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { settingsReference } from '../../../runtime/config/index.ts'

const root = join(import.meta.dirname, '../../..')
const page = (name: string) => readFileSync(join(root, 'docs/reference', name), 'utf8')
const millrace = (...args: string[]) =>
  spawnSync(process.execPath, ['--conditions=source', 'runtime/cli/main.ts', ...args], { cwd: root, encoding: 'utf8' })

it('docs/reference/settings.md has the table of settings as it is', () => {
  expect(page('settings.md')).toContain(settingsReference())
})

it('docs/reference/commands.md names every command that --help names', () => {
  const { stdout, status } = millrace('--help')
  const commands = [...stdout.matchAll(/^ {2}millrace (\S+)/gm)].map(([, name]) => name)
  expect([status, commands.length > 8]).toEqual([0, true])
  for (const name of commands) expect(page('commands.md')).toContain(`\`${name}`)
})

it('a command that is not there ends with 2 and says which there are', () => {
  const { stderr, status } = millrace('begin')
  expect(status).toBe(2)
  expect(stderr).toContain("no command 'begin'")
  expect(stderr).toContain('millrace start')
})
