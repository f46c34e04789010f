import { textTable } from '../text-table.ts'
import type { CheckReport, Verdict, VersionReport } from './state-check.ts'

const shownMax = 20

const problems: Readonly<Record<Verdict, ((report: VersionReport) => string) | undefined>> = {
  read: undefined,
  upcast: undefined,
  'unknown-function': () => 'the code serves no such function',
  'unknown-state': () => 'the code declares no such state',
  'no-migration': ({ version }) => `no migration from version ${version}: the function would be held`,
  newer: ({ present }) => `newer than the code, which has version ${present}: the function would be held`,
  mismatch: () => 'kept as another kind or type than the code declares: the function would be held',
}
const unknown: readonly Verdict[] = ['unknown-function', 'unknown-state']

/** Whether code may be deployed on the state that was checked. */
export const passes = ({ versions, failedTotal }: CheckReport, allowUnknown: boolean): boolean =>
  failedTotal === 0 &&
  versions.every(({ verdict }) => problems[verdict] === undefined || (allowUnknown && unknown.includes(verdict)))

/** What was found, for people. `said` shows what types and migrations said of values. */
export const reportText = (report: CheckReport, passed: boolean, said: boolean): string => {
  const { versions, failed, failedTotal } = report
  if (versions.length === 0) return 'no state is kept\n'
  const rows = versions.map((each) => {
    const { verdict, present } = each
    const will =
      verdict === 'upcast' ? `upcast to version ${present}` : verdict === 'read' ? 'read as it is' : undefined
    const trouble = [problems[verdict]?.(each), each.failed > 0 ? `${each.failed} fail` : undefined]
    const counts = [each.addresses, each.cells]
    return [
      each.function,
      each.state,
      each.version,
      each.kind,
      ...counts,
      [will, ...trouble].filter(Boolean).join(', '),
    ]
  })
  const head = ['function', 'state', 'version', 'kind', 'addresses', 'cells', '']
  const lines = failed.slice(0, shownMax).map(({ address, state, version, reason, ...failure }) => {
    const shown = said ? `${reason}: ${failure.said}` : reason
    return `${address} ${state}, version ${version}: ${shown}\n`
  })
  const more = failedTotal > lines.length ? `and ${failedTotal - lines.length} more\n` : ''
  const verdict = passed ? 'the code can be deployed on this state\n' : 'the code cannot be deployed on this state\n'
  return `${textTable(head, rows)}\n${lines.join('')}${more}${lines.length > 0 ? '\n' : ''}${verdict}`
}
