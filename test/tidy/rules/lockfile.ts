import { type Finding } from '../finding.ts'

/** The lockfile names no registry: everyone installs from the one they have set. */
export function lockfileRule(file: string, text: string): Finding[] {
  return text.split('\n').flatMap((line, index) => {
    if (!/^\s*"resolved":\s*"[a-z+]+:/.test(line)) return []
    const advice = 'install with `npm install --omit-lockfile-registry-resolved`'
    return [{ file, line: index + 1, rule: 'no-registry-in-lockfile', advice }]
  })
}
