import type { CommittedRecord } from '../../../infra/local/read-committed.ts'
import type { AdminView } from '../support/admin-view.ts'
import { ledger, remindEvery, totalEvery, totals } from './actors.ts'
import type { Flow } from './flow.ts'

/** How the state of a key, and that of a total, is asked for. */
export const ledgerOf = (key: string): string => `${ledger.typename}/${key}`
export const totalsOf = (id: string): string => `${totals.typename}/${id}`

/** Records of one topic by key, in order; a key's records must all lie in one partition. */
const byKey = <T>(records: readonly CommittedRecord[], topic: string, problems: string[]): Map<string, T[]> => {
  const found = new Map<string, T[]>()
  const partitions = new Map<string, number>()
  for (const { topic: of, partition, offset, key, value } of records) {
    if (of !== topic) continue
    if (typeof key !== 'string' || typeof value !== 'string') {
      problems.push(`${topic}/${partition}/${offset} has no key or no value`)
      continue
    }
    if ((partitions.get(key) ?? partition) !== partition)
      problems.push(`${topic}: ${key} is in partition ${partition} and in ${partitions.get(key)}`)
    partitions.set(key, partition)
    const list = found.get(key) ?? []
    // Only the handlers of this folder and its feeder write these topics.
    const parsed: T = JSON.parse(value)
    list.push(parsed)
    found.set(key, list)
  }
  return found
}

/** Tells of the first difference between what is there and what should be, in words that help. */
const compare = <T extends object>(where: string, is: readonly T[] = [], should: readonly T[], problems: string[]) => {
  const at = should.findIndex((item, i) => JSON.stringify(is[i]) !== JSON.stringify(item))
  if (at < 0 && is.length === should.length) return
  const place = at < 0 ? should.length : at
  const [there, due] = [JSON.stringify(is[place]), JSON.stringify(should[place])]
  problems.push(`${where}: ${is.length} records instead of ${should.length}; number ${place} is ${there}, not ${due}`)
}

/** What a producer that is not ours has written must be what was to be written, or nothing else means anything. */
export const verifyFed = (flow: Flow, records: readonly CommittedRecord[], problems: string[]): void => {
  const fed = byKey<{ n: number; amount: number }>(records, 'events', problems)
  for (const [key, events] of flow.byKey)
    compare(
      `events of ${key}`,
      fed.get(key),
      events.map(({ n, amount }) => ({ n, amount })),
      problems,
    )
}

/** Each event has gone out once, in its key's order, with the right sums; each reminder once; and nothing else. */
export const verifyPublished = (flow: Flow, records: readonly CommittedRecord[], problems: string[]): void => {
  const out = byKey<object>(records, 'out', problems)
  const reminders = byKey<{ n: number }>(records, 'reminders', problems)
  for (const [key, events] of flow.byKey) {
    let sum = 0
    const should = events.map(({ n, amount }) => ({ key, n, count: n, sum: (sum += amount) }))
    compare(`out of ${key}`, out.get(key), should, problems)
    const due = events.filter(({ n }) => n % remindEvery === 0).map(({ n }) => ({ key, n }))
    // Delays differ, and so does the order in which they end.
    const came = [...(reminders.get(key) ?? [])].sort((a, b) => a.n - b.n)
    compare(`reminders of ${key}`, came, due, problems)
  }
  for (const key of [...out.keys(), ...reminders.keys()])
    if (!flow.byKey.has(key)) problems.push(`there are records of ${key}, which had no events`)
  verifyTotals(flow, byKey<{ count: number; sum: number }>(records, 'totals', problems), problems)
  for (const topic of ['disorder', 'dead'])
    for (const { key, value } of records.filter((record) => record.topic === topic).slice(0, 5))
      problems.push(`${topic} holds ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
}

const verifyTotals = (
  flow: Flow,
  published: ReadonlyMap<string, readonly { count: number; sum: number }[]>,
  problems: string[],
): void => {
  for (const [id, { count, sum }] of flow.totals) {
    const records = published.get(id) ?? []
    const counts = Array.from({ length: Math.floor(count / totalEvery) }, (_, i) => ({ count: (i + 1) * totalEvery }))
    compare(
      `totals of ${id}`,
      records.map((record) => ({ count: record.count })),
      counts,
      problems,
    )
    if (records.some((record, i) => record.sum <= (records[i - 1]?.sum ?? 0) || record.sum > sum))
      problems.push(`totals of ${id}: the sums ${records.map((record) => record.sum).join()} do not rise to ${sum}`)
  }
}

/** The state of every key and every total is what its events make it, and nothing is left to do. */
export const verifyState = (flow: Flow, view: AdminView, problems: string[]): void => {
  for (const [key, events] of flow.byKey) {
    const due = {
      count: events.length,
      sum: events.reduce((sum, { amount }) => sum + amount, 0),
      last: events.length,
      reminded: Math.floor(events.length / remindEvery),
    }
    // What was never written has no value.
    const is = { count: 0, sum: 0, last: 0, reminded: 0, ...view.state.get(ledgerOf(key)) }
    compare(`state of ${key}`, [is], [due], problems)
  }
  for (const [id, total] of flow.totals) {
    const { count, sum } = view.state.get(totalsOf(id)) ?? {}
    compare(`state of ${id}`, [{ count, sum }], [total], problems)
  }
  const [keys, ids] = [ledger, totals].map(({ typename }) => view.addresses.get(typename))
  if (keys !== flow.byKey.size || ids !== flow.totals.size)
    problems.push(`state of ${keys} keys and ${ids} totals instead of ${flow.byKey.size} and ${flow.totals.size}`)
  for (const record of view.undelivered) problems.push(`a record was refused: ${record}`)
}
