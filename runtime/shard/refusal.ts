import { exceedsBytes } from '../model/bytes.ts'
import type { CallResult, IncompleteCall } from '../model/invocation.ts'
import type { Limits } from '../model/limits.ts'
import type { Mutation } from '../model/state-cells.ts'
import type { Failure } from './actions.ts'
import { Actor } from './actor.ts'
import { FunctionTable, type StateDeclaration } from './function-table.ts'

const kindOf = {
  set: 'value',
  append: 'list',
  dropFront: 'list',
  setItem: 'list',
  put: 'map',
  remove: 'map',
} as const

/** Why one result cannot be taken in; see Inspection. */
export const refusalOf = (
  actor: Actor,
  result: CallResult,
  limits: Limits,
  egresses: ReadonlyMap<string, string>,
): Failure | undefined => new Inspection(limits, egresses).refusalOf(actor, result)

/** Looks at results, one after the other, before they are taken in. */
export class Inspection {
  private actor!: Actor
  private readonly limits: Limits
  private readonly egresses: ReadonlyMap<string, string>
  /** How far each list that was looked at goes, by its ordinal. */
  private listEnds: Map<number, { head: number; end: number }> | undefined

  constructor(limits: Limits, egresses: ReadonlyMap<string, string>) {
    this.limits = limits
    this.egresses = egresses
  }

  /**
   * Why a result cannot be taken in: it breaks a limit, or speaks of what is not there. Undefined: it can, and applying it
   * cannot fail half-way.
   */
  refusalOf(actor: Actor, result: CallResult): Failure | undefined {
    this.actor = actor
    this.listEnds = undefined
    return this.result(result)
  }

  private get address(): string {
    return `${this.actor.table.typename}/${this.actor.id}`
  }

  private result(result: CallResult): Failure | undefined {
    const { limits, egresses } = this
    const inFlight = this.actor.lane?.inFlight ?? 0
    if (result.failed && result.failed.index >= inFlight) return this.garbage('blames a message that was not sent')
    if (result.incomplete) {
      const offence = result.failed ? 'is incomplete and failed' : this.incomplete(result.incomplete, inFlight)
      if (offence !== undefined) return this.garbage(offence)
    }
    const effects = result.sends.length + result.emits.length
    if (effects > limits.effectsPerMessageMax * Math.max(1, inFlight))
      return this.over('the answer', effects, 'effectsPerMessageMax')
    for (const send of result.sends) {
      if (send.kind === 'cancel') continue
      const bytes = send.payload?.length ?? 0
      if (bytes > limits.valueBytesMax) return this.over(`a message to ${send.typename}`, bytes, 'valueBytesMax')
      if (exceedsBytes(send.id, limits.idBytesMax)) return this.over('the id of a target', send.id.length, 'idBytesMax')
    }
    if (this.actor.delayed + result.sends.length > limits.delayedPerAddressMax) {
      const more = result.sends.filter((send) => send.kind === 'send' && send.delayMs !== undefined).length
      if (this.actor.delayed + more > limits.delayedPerAddressMax && more > 0)
        return this.over('the number of delayed messages', this.actor.delayed + more, 'delayedPerAddressMax')
    }
    for (const { egress, value } of result.emits) {
      if (!egresses.has(egress)) {
        const known = [...egresses.keys()].join(', ') || 'none'
        const message = `${this.address} emits to egress ${egress}, which the application does not declare (it has: ${known})`
        return { code: 'EGRESS_UNKNOWN', message }
      }
      const bytes = value?.length ?? 0
      if (bytes > limits.valueBytesMax) return this.over(`a record to egress ${egress}`, bytes, 'valueBytesMax')
    }
    return this.mutations(result.mutations)
  }

  /** What was sent has to be less than all, or calls would go on for ever. */
  private incomplete({ index, missing }: IncompleteCall, inFlight: number): string | undefined {
    const { lane, table } = this.actor
    if (index >= inFlight) return 'asks for state for a message that was not sent'
    if (!lane?.lacking?.inPart) return 'asks for state though all of it was sent'
    if (missing.length === 0) return 'is incomplete and does not say what it lacks'
    for (const { state } of missing)
      if (table.states[state]?.kind !== 'map') return `asks for entries of state ${state}, which is no map`
    return undefined
  }

  private mutations(mutations: readonly Mutation[]): Failure | undefined {
    const { actor, limits } = this
    let added = 0
    for (const mutation of mutations) {
      const declared = actor.table.states[mutation.state]
      if (!declared) return this.garbage('changes a state that was not declared')
      if (mutation.op !== 'clear' && kindOf[mutation.op] !== declared.kind)
        return this.garbage(`changes state ${declared.name}, a ${declared.kind}, as a ${kindOf[mutation.op]}`)
      const bytes = 'value' in mutation ? mutation.value.length : 0
      if (bytes > limits.valueBytesMax) return this.over(`state ${declared.name}`, bytes, 'valueBytesMax')
      if (mutation.op === 'put') added += mutation.key.length
      added += bytes
      if (declared.kind === 'list' && !this.fits(mutation, declared))
        return this.garbage(`changes items of list ${declared.name} that are not there`)
    }
    // What is added bounds the growth from above; only near the limit is it worth finding out what goes at the same time.
    if (added === 0 || actor.stateBytes + added <= limits.stateBytesMax) return undefined
    const { total, growth } = this.sizeAfter(mutations)
    return growth > 0 && total > limits.stateBytesMax ? this.over('the state', total, 'stateBytesMax') : undefined
  }

  private sizeAfter(mutations: readonly Mutation[]): { total: number; growth: number } {
    const { actor } = this
    const trial = new Actor(new FunctionTable(actor.table.ordinal, actor.table.typename), actor.id)
    for (const ordinal of new Set(mutations.map(({ state }) => state))) {
      const cells = actor.view(ordinal)
      if (cells) trial.restore(ordinal, cells)
    }
    const before = trial.stateBytes
    for (const mutation of mutations) trial.mutate(mutation)
    const growth = trial.stateBytes - before
    return { total: actor.stateBytes + growth, growth }
  }

  private fits(mutation: Mutation, state: StateDeclaration): boolean {
    const ends = (this.listEnds ??= new Map())
    let list = ends.get(mutation.state)
    if (!list) {
      const cells = this.actor.view(mutation.state)
      list = cells?.kind === 'list' ? { head: cells.head, end: cells.head + cells.items.length } : { head: 0, end: 0 }
      ends.set(mutation.state, list)
    }
    if (mutation.op === 'clear') list.head = list.end = 0
    if (mutation.op === 'append') list.end++
    if (mutation.op === 'dropFront') list.head += mutation.count
    if (mutation.op === 'setItem') return mutation.index >= list.head && mutation.index < list.end
    return list.head <= list.end && state.kind === 'list'
  }

  private garbage(what: string): Failure {
    return { code: 'ENDPOINT_PROTOCOL', message: `the answer for ${this.address} ${what}` }
  }

  private over(what: string, is: number, limit: keyof Limits): Failure {
    const allowed = this.limits[limit]
    const message = `${what} of ${this.address} comes to ${is}; allowed are ${allowed} (limits.${limit})`
    return { code: 'LIMIT_EXCEEDED', message }
  }
}
