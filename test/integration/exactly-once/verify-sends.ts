import type { CommittedRecord } from '../../../infra/local/read-committed.ts'
import type { AdminView } from '../support/admin-view.ts'
import { desk } from './actors.ts'
import type { Sent } from './senders.ts'

export const deskOf = (id: string): string => `${desk.typename}/${id}`

/**
 * What was acknowledged has had its effect, and nothing twice; a message that was acknowledged before another one of its
 * address was sent comes before it; and the state agrees.
 */
export const verifySends = (
  sent: readonly Sent[],
  records: readonly CommittedRecord[],
  view: AdminView,
  problems: string[],
): void => {
  const notes = new Map<string, { id: string; count: number }[]>()
  for (const { topic, key, value } of records) {
    if (topic !== 'notes') continue
    // Only the handlers of this folder write it.
    const note: { id: string; count: number } = JSON.parse(String(value))
    notes.set(String(key), [...(notes.get(String(key)) ?? []), note])
  }
  const byId = new Map(sent.map((one) => [one.id, one]))
  const times = new Map<string, number>()
  for (const [address, list] of notes) {
    let latestBegun = -1
    for (const [i, { id, count }] of list.entries()) {
      times.set(id, (times.get(id) ?? 0) + 1)
      const one = byId.get(id)
      if (one?.address !== address) problems.push(`notes of ${address} hold ${id}, which was not sent to it`)
      if (count !== i + 1) problems.push(`notes of ${address}: number ${i + 1}, ${id}, has the count ${count}`)
      if (one?.acknowledged !== undefined && one.acknowledged < latestBegun)
        problems.push(`notes of ${address}: ${id} comes after one that was sent when it was acknowledged already`)
      latestBegun = Math.max(latestBegun, one?.begun ?? -1)
    }
    const { count } = view.state.get(deskOf(address)) ?? {}
    if (count !== list.length) problems.push(`state of ${address}: ${String(count)} notes instead of ${list.length}`)
  }
  for (const { id, keyed, acknowledged } of sent) {
    const found = times.get(id) ?? 0
    const what = keyed ? 'with a key' : 'without a key'
    if (found > 1) problems.push(`duplicate: ${id}, sent ${what}, had its effect ${found} times`)
    if (found === 0 && acknowledged !== undefined) problems.push(`lost: ${id}, sent ${what}, was acknowledged`)
  }
}
