import { createHash } from 'node:crypto'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachedPart } from './parts-cache.ts'
import { runTool } from './run-tool.ts'

const INSTALL_WITHIN_MS = 600_000

/**
 * The node_modules of a folder that holds a package.json and its package-lock.json, installed on first use. npm holds every
 * package against the lockfile's checksum; no script of a package is run.
 */
export async function npmPart(name: string, lockedDir: string): Promise<string> {
  const lock = join(lockedDir, 'package-lock.json')
  const digest = createHash('sha256')
    .update(await readFile(lock))
    .digest('hex')
    .slice(0, 8)
  const dir = await cachedPart(`${name}-${digest}`, async (draft) => {
    for (const file of ['package.json', 'package-lock.json']) await copyFile(join(lockedDir, file), join(draft, file))
    await runTool('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: draft,
      timeoutMs: INSTALL_WITHIN_MS,
      missing: 'Install Node with npm.',
    })
  })
  return join(dir, 'node_modules')
}
