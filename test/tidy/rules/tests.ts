import ts from 'typescript'
import { type Finding } from '../finding.ts'
import { lineOf, type SourceFile, walk } from '../source-file.ts'

const RUNNERS = ['it', 'test', 'describe', 'bench']
const MODIFIERS = ['only', 'skip', 'todo']

/** No test is switched off, and none switches the others off. */
export function testsRule(source: SourceFile): Finding[] {
  const findings: Finding[] = []
  walk(source.tree, (node) => {
    if (!ts.isPropertyAccessExpression(node) || !MODIFIERS.includes(node.name.text)) return
    if (!RUNNERS.includes(rootOf(node.expression))) return
    const advice = `\`${node.getText()}\` hides a test: run it or delete it`
    findings.push({ file: source.path, line: lineOf(source, node), rule: 'no-hidden-test', advice })
  })
  return findings
}

function rootOf(node: ts.Expression): string {
  let at = node
  while (ts.isPropertyAccessExpression(at) || ts.isCallExpression(at)) at = at.expression
  return ts.isIdentifier(at) ? at.text : ''
}
