import { type Finding } from '../finding.ts'

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/

/** Files and folders of code are kebab-case. */
export function namesRule(file: string): Finding[] {
  const wrong = file.split('/').find((part) => !KEBAB.test(part))
  if (wrong === undefined) return []
  return [{ file, line: 1, rule: 'kebab-case', advice: `rename '${wrong}': small letters, words joined by '-'` }]
}
