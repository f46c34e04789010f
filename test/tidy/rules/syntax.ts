import ts from 'typescript'
import { type Finding } from '../finding.ts'
import { house } from '../house.ts'
import { lineOf, type SourceFile, walk } from '../source-file.ts'

/** What the language allows and this house does not: `any`, enums, barrels. */
export function syntaxRule(source: SourceFile): Finding[] {
  const findings: Finding[] = []
  const add = (node: ts.Node, rule: string, advice: string) =>
    findings.push({ file: source.path, line: lineOf(source, node), rule, advice })
  walk(source.tree, (node) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) add(node, 'no-any', 'say what it is, or `unknown` and parse it')
    if (ts.isEnumDeclaration(node)) add(node, 'no-enum', 'use a union of string literals: Node only strips types')
  })
  return [...findings, ...barrels(source)]
}

function barrels({ path, tree }: SourceFile): Finding[] {
  if (house.publicEntries.includes(path)) return []
  const isReExport = (one: ts.Statement) => ts.isExportDeclaration(one) && one.moduleSpecifier !== undefined
  const onlyReExports = tree.statements.length > 0 && tree.statements.every(isReExport)
  if (!onlyReExports && !/(^|\/)index\.ts$/.test(path)) return []
  const advice = `only public entries (${house.publicEntries.join(', ')}) gather names: import from the file itself`
  return [{ file: path, line: 1, rule: 'no-barrel', advice }]
}
