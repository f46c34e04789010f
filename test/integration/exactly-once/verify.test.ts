// The judge of the test beside this file, judged: what is right passes, and each way to be wrong is told.
import { expect, test } from 'vitest'
import type { CommittedRecord } from '../../../infra/local/read-committed.ts'
import type { AdminView } from '../support/admin-view.ts'
import { ledger, remindEvery, totalEvery, totalOf, totals } from './actors.ts'
import { makeFlow } from './flow.ts'
import type { Sent } from './senders.ts'
import { ledgerOf, totalsOf, verifyFed, verifyPublished, verifyState } from './verify.ts'
import { deskOf, verifySends } from './verify-sends.ts'

const flow = makeFlow('judge', 8_000)

/** What must be there in the end, made by the plainest means. */
const rightRecords = (): CommittedRecord[] => {
  const records: CommittedRecord[] = []
  const add = (topic: string, key: string, value: object): void => {
    const partition = Number(/\d+/.exec(key)?.[0] ?? 0) % 4
    const where = { topic, partition, offset: records.length, timestamp: 0, headers: [] }
    records.push({ ...where, key, value: JSON.stringify(value) })
  }
  const sums = new Map<string, { count: number; sum: number }>()
  const ofKey = new Map<string, number>()
  for (const { key, n, amount } of flow.events) {
    add('events', key, { n, amount })
    const sum = (ofKey.get(key) ?? 0) + amount
    ofKey.set(key, sum)
    add('out', key, { key, n, count: n, sum })
    if (n % remindEvery === 0) add('reminders', key, { key, n })
    const id = totalOf(key)
    const before = sums.get(id) ?? { count: 0, sum: 0 }
    const total = { count: before.count + 1, sum: before.sum + amount }
    sums.set(id, total)
    if (total.count % totalEvery === 0) add('totals', id, { id, ...total })
  }
  return records
}

const rightView = (): AdminView => {
  const state = new Map<string, Record<string, unknown>>()
  for (const [key, events] of flow.byKey) {
    const sum = events.reduce((all, { amount }) => all + amount, 0)
    const reminded = Math.floor(events.length / remindEvery)
    state.set(ledgerOf(key), { count: events.length, sum, last: events.length, reminded })
  }
  for (const [id, total] of flow.totals) state.set(totalsOf(id), { ...total })
  const addresses = new Map([
    [ledger.typename, flow.byKey.size],
    [totals.typename, flow.totals.size],
  ])
  return { pending: 0, delayed: 0, undelivered: [], addresses, state }
}

const judge = (records: readonly CommittedRecord[], view: AdminView): string[] => {
  const problems: string[] = []
  verifyFed(flow, records, problems)
  verifyPublished(flow, records, problems)
  verifyState(flow, view, problems)
  return problems
}

test('what is right passes', () => {
  expect(judge(rightRecords(), rightView())).toEqual([])
})

test.each(['events', 'out', 'reminders', 'totals'])(
  'a record of %s that is missing, doubled or swapped is told',
  (topic) => {
    const right = rightRecords()
    const at = right.findIndex((record) => record.topic === topic)
    const next = right.findIndex((record, i) => i > at && record.topic === topic && record.key === right[at]?.key)
    const first = right[at]!
    const second = right[next]!
    const expected = expect.stringContaining(`${topic} of ${String(first.key)}: `)
    expect(judge(right.toSpliced(at, 1), rightView())[0]).toEqual(expected)
    expect(judge(right.toSpliced(at, 0, first), rightView())[0]).toEqual(expected)
    if (topic !== 'reminders') expect(judge(right.with(at, second).with(next, first), rightView())).not.toEqual([])
  },
)

test('a wrong sum, a stray address, an undeliverable record, a dead letter and a wrong order are told', () => {
  const right = rightRecords()
  const [key] = [...flow.byKey.keys()]
  const view = rightView()
  const state = new Map(view.state).set(ledgerOf(key!), { ...view.state.get(ledgerOf(key!)), sum: 1 })
  expect(judge(right, { ...view, state })).toEqual([expect.stringContaining(`state of ${key}: `)])
  expect(judge(right, { ...view, addresses: new Map() })).toHaveLength(1)
  expect(judge(right, { ...view, undelivered: ['out: too large'] })).toHaveLength(1)
  for (const topic of ['dead', 'disorder'])
    expect(judge([...right, { ...right[0]!, topic }], view)).toEqual([expect.stringContaining(`${topic} holds `)])
})

test('a message over HTTP that is lost, doubled, swapped or from nowhere is told, and one that was never promised is not', () => {
  const sent: Sent[] = Array.from({ length: 4 }, (_, i) => ({
    address: 'd0',
    id: `d0-${i}`,
    keyed: i % 2 === 0,
    begun: 2 * i,
    acknowledged: i === 3 ? undefined : 2 * i + 1,
  }))
  const judged = (ids: readonly string[], count = ids.length): string[] => {
    const problems: string[] = []
    const at = { topic: 'notes', partition: 0, timestamp: 0, headers: [], key: 'd0' }
    const records = ids.map((id, i) => ({ ...at, offset: i, value: JSON.stringify({ id, count: i + 1 }) }))
    verifySends(sent, records, { ...rightView(), state: new Map([[deskOf('d0'), { count }]]) }, problems)
    return problems
  }
  expect(judged(['d0-0', 'd0-1', 'd0-2'])).toEqual([])
  expect(judged(['d0-0', 'd0-1', 'd0-2', 'd0-3'])).toEqual([])
  expect(judged(['d0-0', 'd0-1'])).toEqual(['lost: d0-2, sent with a key, was acknowledged'])
  expect(judged(['d0-0', 'd0-2'])).toEqual(['lost: d0-1, sent without a key, was acknowledged'])
  expect(judged(['d0-0', 'd0-1', 'd0-2', 'd0-2'])).toEqual([expect.stringMatching(/^duplicate: d0-2,.* 2 times/)])
  expect(judged(['d0-0', 'd0-1', 'd0-2', 'd0-3', 'd0-3'])).toEqual([expect.stringMatching(/^duplicate: d0-3/)])
  expect(judged(['d0-0', 'd0-2', 'd0-1'])).toEqual([expect.stringMatching(/d0-1 comes after/)])
  expect(judged(['d0-0', 'd0-1', 'd0-2', 'd1-0'])).toEqual([expect.stringMatching(/hold d1-0/)])
  expect(judged(['d0-0', 'd0-1', 'd0-2'], 4)).toEqual([expect.stringMatching(/state of d0: 4/)])
})
