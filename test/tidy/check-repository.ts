import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Finding } from './finding.ts'
import { house } from './house.ts'
import { listFiles } from './list-files.ts'
import { deadFilesRule } from './rules/dead-files.ts'
import { linksRule } from './rules/links.ts'
import { lockfileRule } from './rules/lockfile.ts'
import { namesRule } from './rules/names.ts'
import { sizeRule } from './rules/size.ts'
import { syntaxRule } from './rules/syntax.ts'
import { testsRule } from './rules/tests.ts'
import { wordsRule } from './rules/words.ts'
import { parseSource } from './source-file.ts'

const TEXT = /(\.(ts|js|cjs|mjs|json|md|yaml|yml|toml|py|sh|sql|html|css|tpl|proto)|^\.ci\/[^.]+|(^|\/)Dockerfile)$/
const LOCKFILE = 'package-lock.json'

/** Holds all house rules against a repository; the findings come in the order of files and lines. */
export function checkRepository(root: string): { readonly files: number; readonly findings: readonly Finding[] } {
  const files = listFiles(root).filter((file) => TEXT.test(file))
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  const ours = files.filter((file) => file.endsWith('.ts') && house.folders.includes(file.split('/')[0]!))
  const sources = ours.map((file) => parseSource(file, read(file)))
  const findings = [
    ...sources.flatMap((source) => [...sizeRule(source), ...syntaxRule(source), ...testsRule(source)]),
    ...ours.flatMap(namesRule),
    ...deadFilesRule(sources, read('package.json')),
    ...files.filter((file) => file !== LOCKFILE).flatMap((file) => wordsRule(file, read(file))),
    ...files.filter((file) => file.endsWith('.md')).flatMap((file) => linksRule(root, file, read(file))),
    ...files.filter((file) => file === LOCKFILE).flatMap((file) => lockfileRule(file, read(file))),
  ]
  return { files: files.length, findings: findings.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line) }
}
