import { setTimeout as sleep } from 'node:timers/promises'
import { type AdminView, adminView } from '../support/admin-view.ts'
import type { CoordinatorChild } from '../support/coordinator-child.ts'
import type { Flow } from './flow.ts'
import type { Senders } from './senders.ts'
import { ledgerOf, totalsOf } from './verify.ts'
import { deskOf } from './verify-sends.ts'

const stallMsMax = 45_000

/** Waits until all that was fed has had all its effects, or until nothing moves any more, which is a problem. */
export const finished = async (
  last: CoordinatorChild,
  flow: Flow,
  { sent }: Senders,
  problems: string[],
): Promise<AdminView> => {
  const desks = new Set(sent.map(({ address }) => deskOf(address)))
  const addresses = [...[...flow.byKey.keys()].map(ledgerOf), ...[...flow.totals.keys()].map(totalsOf), ...desks]
  let movedAt = Date.now()
  for (let before = ''; ;) {
    if (last.hasEnded || last.url === undefined) throw new Error(`${last.name} has ended: ${last.lastWords}`)
    const view = await adminView(last.url, addresses)
    const counted = sumOf(view, ledgerOf('k'), 'count')
    const reminded = sumOf(view, ledgerOf('k'), 'reminded')
    const totalled = sumOf(view, totalsOf(''), 'count')
    const all = counted === flow.events.length && totalled === counted && reminded === flow.reminders
    if (all && view.pending === 0 && view.delayed === 0) return view
    const now = JSON.stringify({ counted, totalled, reminded, pending: view.pending, delayed: view.delayed })
    if (now !== before) movedAt = Date.now()
    if (Date.now() - movedAt > stallMsMax) {
      problems.push(`nothing moves: ${now} of ${flow.events.length} events and ${flow.reminders} reminders`)
      return view
    }
    before = now
    await sleep(500)
  }
}

const sumOf = (view: AdminView, prefix: string, state: string): number =>
  [...view.state].reduce(
    (sum, [address, values]) => sum + (address.startsWith(prefix) ? Number(values[state] ?? 0) : 0),
    0,
  )
