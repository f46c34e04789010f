import ts from 'typescript'
import { type Finding } from '../finding.ts'
import { house } from '../house.ts'
import { lineOf, type SourceFile, walk } from '../source-file.ts'

/** Files, functions and lists of imports stay small enough to be read at once. */
export function sizeRule(source: SourceFile): Finding[] {
  return [...fileLength(source), ...functionLengths(source), ...ownImports(source)]
}

function fileLength({ path, text }: SourceFile): Finding[] {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  if (lines <= house.fileLinesMax || house.dataTables.includes(path)) return []
  const advice = `${lines} lines, at most ${house.fileLinesMax}: split it by concern`
  return [{ file: path, line: house.fileLinesMax + 1, rule: 'file-length', advice }]
}

function functionLengths(source: SourceFile): Finding[] {
  const findings: Finding[] = []
  walk(source.tree, (node) => {
    if (!isFunction(node)) return
    const lines = ownLines(source, node)
    if (lines <= house.functionLinesMax) return
    const advice = `${nameOf(node)} has ${lines} lines, at most ${house.functionLinesMax}: take a step out of it`
    findings.push({ file: source.path, line: lineOf(source, node), rule: 'function-length', advice })
  })
  return findings
}

/** A function's lines without those of the tests it declares: each of them is a function that is measured by itself. */
function ownLines(source: SourceFile, root: ts.Node): number {
  const span = (node: ts.Node) =>
    source.tree.getLineAndCharacterOfPosition(node.getEnd()).line + 2 - lineOf(source, node)
  let lines = span(root)
  const visit = (node: ts.Node): void => {
    if (!isFunction(node) || !isDeclaredTest(node)) return ts.forEachChild(node, visit)
    lines -= span(node) - 1
  }
  ts.forEachChild(root, visit)
  return lines
}

function isFunction(node: ts.Node): boolean {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
}

function isDeclaredTest(node: ts.Node): boolean {
  const call = node.parent
  return ts.isCallExpression(call) && /^(describe|it|test)\b/.test(call.expression.getText())
}

function nameOf(node: ts.Node): string {
  const named = ts.isFunctionLike(node) && node.name === undefined ? node.parent : node
  return 'name' in named && named.name && typeof named.name === 'object' && 'getText' in named.name
    ? (named.name as ts.Node).getText()
    : 'a function'
}

function ownImports(source: SourceFile): Finding[] {
  const own = source.tree.statements
    .filter((one) => ts.isImportDeclaration(one) || ts.isExportDeclaration(one))
    .filter((one) => !typesAlone(one))
    .map((one) => one.moduleSpecifier)
    .filter((name) => name !== undefined && ts.isStringLiteral(name))
    .filter((name) => /^(\.|millrace(\/|$))/.test(name.text))
  const count = new Set(own.map((name) => name.text)).size
  const exempt = house.publicEntries.includes(source.path) || house.compositionRoots.includes(source.path)
  if (count <= house.ownImportsMax || exempt) return []
  const advice = `imports ${count} own files, at most ${house.ownImportsMax}: it knows too much, give a part of it away`
  return [{ file: source.path, line: 1, rule: 'own-imports', advice }]
}

/** An import of nothing but types binds a file to a shape, not to code. */
function typesAlone(one: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(one)) return one.isTypeOnly
  const clause = one.importClause
  if (clause === undefined) return false
  if (clause.isTypeOnly) return true
  const names = clause.namedBindings
  return (
    clause.name === undefined &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.every((name) => name.isTypeOnly)
  )
}
