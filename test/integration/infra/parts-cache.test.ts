import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startComponent } from '../../../infra/local/component.ts'
import { cachedPart } from '../../../infra/local/parts-cache.ts'
import { runTool } from '../../../infra/local/run-tool.ts'

describe('the folder of fetched parts', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'millrace-parts-'))
    vi.stubEnv('MILLRACE_PARTS', dir)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(dir, { recursive: true })
  })
  const build = async (draft: string) => {
    await sleep(20)
    writeFileSync(join(draft, 'program'), 'done')
  }

  it('builds a part once when two ask at once, and not again later', async () => {
    let builds = 0
    const counted = (draft: string) => {
      builds++
      return build(draft)
    }
    const parts = await Promise.all([cachedPart('tool', counted), cachedPart('tool', counted)])
    expect(await cachedPart('tool', counted)).toBe(parts[0])
    expect(parts[1]).toBe(parts[0])
    expect(builds).toBe(1)
    expect(readFileSync(join(parts[0]!, 'program'), 'utf8')).toBe('done')
    expect(readdirSync(dir)).toEqual(['tool'])
  })

  it('keeps nothing of a build that failed, and tries again', async () => {
    const failing = cachedPart('tool', async (draft) => {
      writeFileSync(join(draft, 'half'), '')
      throw new Error('no network')
    })
    await expect(failing).rejects.toThrow('no network')
    expect(readdirSync(dir)).toEqual([])
    expect(existsSync(join(await cachedPart('tool', build), 'program'))).toBe(true)
  })

  it('takes over from a builder that was killed', async () => {
    const gone = 2 ** 22 + 1 // above the highest process id
    writeFileSync(join(dir, 'tool.lock'), String(gone))
    mkdtempSync(join(dir, '.tool-'))
    await cachedPart('tool', build)
    expect(readdirSync(dir)).toEqual(['tool'])
  })
})

describe('a tool that is not installed', () => {
  const missing = 'Install it, or set KAFKA_BROKERS.'

  it('is named together with what to do', async () => {
    const run = runTool('no-such-tool', [], { timeoutMs: 1000, missing })
    await expect(run).rejects.toThrow(`'no-such-tool' is not installed. ${missing}`)
  })

  it.each([true, false])('is named when a component needs it (detached: %s)', async (detached) => {
    const logFile = join(tmpdir(), `millrace-missing-${process.pid}.log`)
    const ready = async () => false
    const plan = { name: 'Tool', command: 'no-such-tool', args: [], logFile, detached, missing, ready }
    const start = startComponent({ ...plan, readyWithinMs: 5000 })
    await expect(start).rejects.toThrow(`'no-such-tool' is not installed. ${missing}`)
    rmSync(logFile)
  })
})
