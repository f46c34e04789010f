// Parts are fetched once per user, not per clone. A part is built in a folder of its own and then renamed into place, so
// a part is either whole or absent; the lock only spares a second process the work, it is not what keeps parts whole.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from './is-alive.ts'

const LOCK_POLL_MS = 300
const LOCK_AGE_MAX_MS = 3_600_000
const LOCK_EMPTY_MAX_MS = 10_000

/** The folder that keeps fetched parts: MILLRACE_PARTS, or `millrace/parts` in the user's cache folder. */
export function partsDir(): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return process.env['MILLRACE_PARTS'] || join(cache, 'millrace', 'parts')
}

/** Returns the folder of a part, building it first if this user has not got it yet. */
export async function cachedPart(name: string, build: (dir: string) => Promise<void>): Promise<string> {
  const dir = join(partsDir(), name)
  await mkdir(partsDir(), { recursive: true })
  while (!existsSync(dir)) {
    const unlock = await tryLock(`${dir}.lock`)
    if (unlock === undefined) {
      await sleep(LOCK_POLL_MS)
      continue
    }
    try {
      if (!existsSync(dir)) await buildInto(dir, name, build)
    } finally {
      await unlock()
    }
  }
  return dir
}

async function buildInto(dir: string, name: string, build: (dir: string) => Promise<void>): Promise<void> {
  await removeDrafts(name)
  const draft = await mkdtemp(join(partsDir(), draftPrefix(name)))
  process.stderr.write(`millrace: fetching ${name} into ${partsDir()} (once)\n`)
  try {
    await build(draft)
    await rename(draft, dir)
  } catch (error) {
    // A folder that cannot be removed must not hide why the build failed.
    await rm(draft, { recursive: true, force: true }).catch(() => undefined)
    if (!existsSync(dir)) throw error
  }
}

const draftPrefix = (name: string) => `.${name}-`

/** Whoever holds the lock finds only drafts of builders that were killed. */
async function removeDrafts(name: string): Promise<void> {
  for (const entry of await readdir(partsDir())) {
    if (entry.startsWith(draftPrefix(name))) await rm(join(partsDir(), entry), { recursive: true, force: true })
  }
}

async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' })
    return () => rm(path, { force: true })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    if (await isStale(path)) await rm(path, { force: true })
    return undefined
  }
}

/** A lock is stale when its process is gone, or when it is older than any build takes (its id may be in use again). */
async function isStale(path: string): Promise<boolean> {
  try {
    const holder = Number(await readFile(path, 'utf8'))
    const ageMs = Date.now() - (await stat(path)).mtimeMs
    // Between being created and being filled, a lock names nobody.
    return holder > 0 ? !isAlive(holder) || ageMs > LOCK_AGE_MAX_MS : ageMs > LOCK_EMPTY_MAX_MS
  } catch {
    return false
  }
}
