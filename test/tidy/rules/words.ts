import { type Finding } from '../finding.ts'

interface Banned {
  readonly rule: string
  readonly pattern: RegExp
  readonly advice: string
  /** Which files it concerns; default all. */
  readonly files?: RegExp
}

// The patterns are put together from pieces, so that this file does not find itself.
const leftovers = ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')
const machinePath = (...folders: string[]) => new RegExp(`(^|[^\\w.$}/-])/(${folders.join('|')})/`)
const loopback = '127\\.0\\.0\\.1|localhost'

const banned: readonly Banned[] = [
  {
    rule: 'no-leftover',
    pattern: new RegExp(`\\b(${leftovers})\\b`),
    advice: 'do it now, or say in docs/ what is not there and why',
  },
  { rule: 'no-machine-path', pattern: machinePath('wo' + 'rk', 'ro' + 'ot'), advice: 'name no folder of one machine' },
  {
    rule: 'no-machine-path',
    pattern: machinePath('t' + 'mp'),
    advice: 'use a relative path: readers may not have this folder',
    files: /\.md$/,
  },
  {
    rule: 'no-private-registry',
    pattern: new RegExp(`(registry|index-url|GOPROXY|mirror)\\S*\\s*[=:]?\\s*["']?https?://(${loopback})`, 'i'),
    advice: "registries are the reader's own setting",
  },
]

/** Words that must not be left in any text of the repository. */
export function wordsRule(file: string, text: string): Finding[] {
  const mine = banned.filter(({ files }) => files === undefined || files.test(file))
  return text
    .split('\n')
    .flatMap((line, index) =>
      mine
        .filter(({ pattern }) => pattern.test(line))
        .map(({ rule, advice }) => ({ file, line: index + 1, rule, advice })),
    )
}
