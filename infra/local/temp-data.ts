import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const made = new Set<string>()
process.on('exit', () => {
  if (process.env['MILLRACE_KEEP_DATA']) return
  for (const dir of made) {
    // Its component was killed a moment ago and may still be writing: what is left then is the system's to clean.
    try {
      rmSync(dir, { recursive: true, force: true })
    } catch {
      continue
    }
  }
})

/** A new folder for a component's data, removed when this process ends (set MILLRACE_KEEP_DATA to keep it). */
export async function tempData(name: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), `millrace-${name}-`))
  made.add(dir)
  return dir
}
