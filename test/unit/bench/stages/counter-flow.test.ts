import { describe, expect, it } from 'vitest'
import { decodeEntry } from '../../../../runtime/log/log-entry.ts'
import { readOutbox } from '../../../../runtime/log/outbox.ts'
import { utf8Decode } from '../../../../runtime/model/bytes.ts'
import { CounterFlow, steps } from '../../../bench/stages/counter-flow.ts'

const log = '0123456789abcdef0123456789abcdef'
const effectsOf = (flow: CounterFlow, batch: number): unknown[] => {
  const entry = decodeEntry(flow.windows[batch]!, 'a window', log, batch + 1)
  if (entry.kind !== 'window') throw new Error('not a window')
  return [...readOutbox(entry.outbox)].map(({ record }) => JSON.parse(utf8Decode(record.value!)))
}

describe('the counter on its way through the stages', () => {
  it('ends with one record for each event, in the window of its batch', async () => {
    const flow = await CounterFlow.open(1_000)
    const keys = flow.records[3]!.map(({ key }) => ({ key: utf8Decode(key!), count: 2 }))
    expect(effectsOf(flow, 3)).toEqual(keys)
  })

  it('has the same effects again when a batch goes through all steps again', async () => {
    const flow = await CounterFlow.open(10)
    const before = effectsOf(flow, 7)
    expect(before).toHaveLength(10)
    flow.windows[7] = new Uint8Array(0)
    for (const step of steps) for (const batch of [7, 8]) flow.step(step, batch)
    expect(effectsOf(flow, 7)).toEqual(before)
  })
})
