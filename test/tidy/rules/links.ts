import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type Finding } from '../finding.ts'

const LINK = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\s*\[[^\]]+\]:\s+<?(\S+?)>?\s*$/g

/** Every relative link of a Markdown page leads to a file, and its anchor to a heading. */
export function linksRule(root: string, file: string, text: string): Finding[] {
  return prose(text).flatMap((line, index) =>
    [...line.matchAll(LINK)].flatMap((match) => {
      const problem = problemOf(root, file, match[1] ?? match[2] ?? '')
      return problem === undefined ? [] : [{ file, line: index + 1, rule: 'dead-link', advice: problem }]
    }),
  )
}

function problemOf(root: string, file: string, target: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined
  if (target.startsWith('/')) return `'${target}' is absolute: link relative to this page`
  const [name = '', anchor] = decodeURI(target).split('#')
  const path = name === '' ? join(root, file) : join(root, dirname(file), name)
  if (relative(root, path).startsWith('..')) return `'${target}' leads out of the repository`
  if (!existsSync(path)) return `'${target}' does not exist: correct the link`
  if (!anchor || !path.endsWith('.md') || !statSync(path).isFile()) return undefined
  return headings(readFileSync(path, 'utf8')).has(anchor) ? undefined : `'${target}': no such heading there`
}

/** The lines of a page, those of code blocks and inline code blanked out. */
function prose(text: string): string[] {
  let fence: string | undefined
  return text.split('\n').map((line) => {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1]
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence))) {
      fence = fence === undefined ? mark : undefined
      return ''
    }
    return fence === undefined ? line.replace(/`[^`]*`/g, '``') : ''
  })
}

/** The anchors that GitHub makes of a page's headings. */
function headings(text: string): Set<string> {
  const anchors = new Set<string>()
  let fenced = false
  for (const line of text.split('\n')) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced
    const title = fenced ? undefined : /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    if (title === undefined) continue
    const plain = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-')
    let anchor = slug
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`
    anchors.add(anchor)
  }
  return anchors
}
