import { messageOf } from '../../model/errors.ts'
import type { StateKind } from '../../model/function-spec.ts'
import { parseStateKey } from '../../model/state-key.ts'
import type { StateCells } from '../../model/state-cells.ts'
import type { Contract, DeclaredState } from '../../sdk/contract.ts'
import type { OlderVersion } from '../../sdk/older-version.ts'
import { upcast, UpcastError } from '../../sdk/upcast.ts'
import type { StoredState } from './stored-state.ts'

/** What the code makes of a state that is kept under some version. */
export type Verdict =
  /** Reads it as it is. */
  | 'read'
  /** Reads it by its migration. */
  | 'upcast'
  /** Declares nothing of it: it would lie there unread. */
  | 'unknown-function'
  | 'unknown-state'
  /** Cannot read it: the function would be held. */
  | 'no-migration'
  | 'newer'
  | 'mismatch'

export interface VersionReport {
  readonly function: string
  readonly state: string
  readonly version: number
  readonly kind: StateKind
  readonly typename: string
  readonly verdict: Verdict
  /** The version that the code has; null where it knows no such state. */
  readonly present: number | null
  addresses: number
  /** Values, items of lists, entries of maps. */
  cells: number
  /** Addresses whose values fail. */
  failed: number
}

export interface FailedValue {
  readonly address: string
  readonly state: string
  readonly version: number
  /** What does not work, without anything of the value. */
  readonly reason: string
  /** What the type or the migration said, which may show parts of the value. */
  readonly said: string
}

export interface CheckReport {
  readonly versions: readonly VersionReport[]
  /** The first ones; `failedTotal` counts all. */
  readonly failed: readonly FailedValue[]
  readonly failedTotal: number
}

const failedMax = 1_000

interface Group {
  readonly report: VersionReport
  readonly declared: DeclaredState | undefined
  readonly older: OlderVersion | undefined
}

/** Runs code over state as it is kept: decodes every value, by its migration where it is of an older version. */
export class StateCheck {
  private readonly contracts: ReadonlyMap<string, Contract>
  private readonly groups = new Map<string, Group>()
  private readonly failed: FailedValue[] = []
  private failedTotal = 0

  constructor(contracts: ReadonlyMap<string, Contract>) {
    this.contracts = contracts
  }

  add(stored: StoredState): void {
    const group = this.group(stored)
    const { report } = group
    report.addresses++
    report.cells += sizeOf(stored.cells)
    if (report.verdict !== 'read' && report.verdict !== 'upcast') return
    const failure = failureOf(group, stored.cells)
    if (failure === undefined) return
    report.failed++
    this.failedTotal++
    if (this.failed.length === failedMax) return
    const { state, version } = report
    this.failed.push({ address: `${stored.typename}/${stored.id}`, state, version, ...failure })
  }

  report(): CheckReport {
    const versions = [...this.groups.values()].map(({ report }) => report)
    const order = (a: VersionReport, b: VersionReport): number =>
      compare(a.function, b.function) || compare(a.state, b.state) || a.version - b.version
    return { versions: versions.sort(order), failed: this.failed, failedTotal: this.failedTotal }
  }

  private group(stored: StoredState): Group {
    const key = `${stored.typename} ${stored.state}`
    const known = this.groups.get(key)
    if (known !== undefined) return known
    const { name, version } = parseStateKey(stored.state)
    const declared = this.contracts.get(stored.typename)?.states.find((state) => state.name === name)
    const older = declared?.older.find((from) => from.version === version)
    const group: Group = {
      declared,
      older,
      report: {
        function: stored.typename,
        state: name,
        version,
        kind: stored.cells.kind,
        typename: stored.valueTypename,
        verdict: this.verdict(stored, version, declared, older),
        present: declared?.version ?? null,
        addresses: 0,
        cells: 0,
        failed: 0,
      },
    }
    this.groups.set(key, group)
    return group
  }

  private verdict(
    { typename, cells, valueTypename, keyTypename }: StoredState,
    version: number,
    declared: DeclaredState | undefined,
    older: OlderVersion | undefined,
  ): Verdict {
    if (!this.contracts.has(typename)) return 'unknown-function'
    if (declared === undefined) return 'unknown-state'
    if (version > declared.version) return 'newer'
    if (version < declared.version && older === undefined) return 'no-migration'
    const type = older?.type ?? declared.type
    const fits =
      declared.kind === cells.kind &&
      type.typename === valueTypename &&
      (keyTypename === undefined || keyTypename === declared.keyType?.typename)
    return !fits ? 'mismatch' : older === undefined ? 'read' : 'upcast'
  }
}

const sizeOf = (cells: StateCells): number =>
  cells.kind === 'value' ? 1 : cells.kind === 'list' ? cells.items.length : cells.entries.length

type Failure = Pick<FailedValue, 'reason' | 'said'>

/** The first cell that fails. */
const failureOf = ({ declared, older, report }: Group, cells: StateCells): Failure | undefined => {
  if (declared === undefined) return undefined
  const value = (bytes: Uint8Array, which: string): Failure | undefined =>
    attempt(`${which}it is no value of version ${report.version}`, which, () =>
      older === undefined ? declared.type.decode(bytes) : upcast(declared, older, bytes),
    )
  if (cells.kind === 'value') return value(cells.value, '')
  if (cells.kind === 'list') return first(cells.items, (item, place) => value(item, `item ${place}: `))
  const { keyType = declared.type } = declared
  return first(
    cells.entries,
    (entry) =>
      attempt('a key is none of its type', '', () => keyType.decode(entry.key)) ?? value(entry.value, 'an entry: '),
  )
}

const first = <T>(items: readonly T[], failureAt: (item: T, place: number) => Failure | undefined) => {
  for (const [place, item] of items.entries()) {
    const failure = failureAt(item, place)
    if (failure !== undefined) return failure
  }
  return undefined
}

/** An error's message may hold parts of the value, its name does not. */
const attempt = (reason: string, which: string, run: () => unknown): Failure | undefined => {
  try {
    run()
    return undefined
  } catch (error) {
    const cause = error instanceof UpcastError ? error.cause : error
    const named = cause instanceof Error ? ` (${cause.constructor.name})` : ''
    const step = error instanceof UpcastError ? `${which}${error.step}` : reason
    return { reason: `${step}${named}`, said: messageOf(cause) }
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
