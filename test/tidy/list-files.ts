import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const NEVER = new Set(['node_modules', 'dist', 'coverage', '.git', '.local', '.millrace'])

/** The repository's files by their path from its root: tracked ones and new ones that are not ignored. */
export function listFiles(root: string): string[] {
  if (!existsSync(join(root, '.git'))) return listFolder(root)
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  // The checkout may belong to another user than the one who tests it, which Git refuses unless told.
  const git = ['-c', `safe.directory=${root}`, ...list]
  const names = execFileSync('git', git, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })
  return [...new Set(names.split('\0'))].filter((name) => name !== '' && existsSync(join(root, name))).sort()
}

/** For a copy without Git's folder, such as an unpacked archive. */
function listFolder(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (NEVER.has(entry.name)) return []
    return entry.isDirectory() ? listFolder(root, path) : [path]
  })
}
