import { expect, test } from 'vitest'
import { EgressGate } from '../../../runtime/coordinator/egress-gate.ts'
import { OpenWindow } from '../../../runtime/coordinator/open-window.ts'
import { retryUndelivered } from '../../../runtime/coordinator/undelivered-retry.ts'
import type { Topology } from '../../../runtime/model/topology.ts'
import { readOutbox } from '../../../runtime/log/outbox.ts'
import { Shard } from '../../../runtime/shard/shard.ts'

const topology: Topology = {
  application: 'a',
  ingresses: [],
  routes: [],
  egresses: [{ name: 'out', topic: 'out' }],
  deadLetterTopic: 'dead',
  bindings: [],
}
const record = { key: null, value: Uint8Array.of(1), headers: [], timestampMs: 1 }

const through = (egress: 'write' | 'hold' | 'redirect') => {
  let held = 0
  const gate = new EgressGate({ egress, topicPrefix: 's.' }, topology, () => held++)
  const shard = new Shard()
  const window = new OpenWindow(shard, gate)
  window.emit('out', record)
  window.emit('dead', record)
  shard.keepUndelivered({ ...record, place: { log: 'l', window: 1, index: 0 }, topic: 'out', reason: '' })
  const retry = { topic: undefined, left: undefined, retried: 0, done: () => undefined }
  retryUndelivered(retry, { shard, window, checkpoints: { isPublished: () => true } }, 1 << 20, () => undefined)
  const topics = [...readOutbox(window.close(1, 0).outbox)].map(({ topic }) => topic)
  return { topics, held, notice: gate.notice }
}

test('egress records, dead letters and retried ones are written, held back or redirected alike', () => {
  expect(through('write')).toEqual({ topics: ['out', 'dead', 'out'], held: 0, notice: undefined })
  expect(through('hold')).toEqual({ topics: [], held: 3, notice: expect.stringContaining('NOT written') })
  const redirected = { topics: ['s.out', 's.dead', 's.out'], held: 0, notice: expect.stringContaining('with s.') }
  expect(through('redirect')).toEqual(redirected)
})

test('a record that was redirected and refused is retried where it was redirected to', () => {
  const gate = new EgressGate({ egress: 'redirect', topicPrefix: 's.' }, topology, () => undefined)
  expect(gate.pass(gate.pass('out')!)).toBe('s.out')
})

test('a topic of the original that begins with the prefix is refused: its records would reach it', () => {
  const own = { ...topology, deadLetterTopic: 's.dead' }
  const gate = (egress: 'hold' | 'redirect') => new EgressGate({ egress, topicPrefix: 's.' }, own, () => undefined)
  expect(() => gate('redirect')).toThrow(/egress topic s\.dead begins already/)
  expect(() => gate('hold')).not.toThrow()
})
