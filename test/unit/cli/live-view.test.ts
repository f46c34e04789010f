import { expect, it } from 'vitest'
import { drawView } from '../../../runtime/cli/dev/draw.ts'
import { LiveView } from '../../../runtime/cli/dev/live-view.ts'
import type { Seen } from '../../../runtime/cli/dev/view-source.ts'
import { ManualClock } from '../../../runtime/platform/manual-clock.ts'

const seen = (position: number): Seen => ({
  status: {
    state: 'running',
    shadow: null,
    overSeconds: 5,
    perSecond: { records: 1999.6, messages: 10, emitted: 0, requests: 0, invocations: 0, windows: 0, windowBytes: 0 },
    totals: {
      records: 0,
      messages: 0,
      emitted: 0,
      requests: 0,
      invocations: 0,
      windows: 0,
      windowBytes: 0,
      retries: 0,
      deadLetters: 0,
      parked: 0,
    },
    now: {
      pendingMessages: 0,
      pendingBytes: 0,
      requestsInFlight: 0,
      delayedMessages: 0,
      idempotencyKeys: 0,
      undeliveredRecords: 0,
      parkedAddresses: 0,
      parkedMessages: 0,
      pausedAddresses: 0,
      pausedFunctions: 0,
      unpublishedWindows: 0,
      unpublishedBytes: 0,
      addresses: 12,
      stateBytes: 0,
      lag: 3,
    },
    latency: { commit: { p50Ms: 4.25, p99Ms: null }, invocation: { p50Ms: null, p99Ms: null } },
    lag: [],
    endpoints: [],
    functions: [],
  },
  feeds: [{ topic: 'flights', position, finished: false }],
  parts: [
    { kind: 'states', title: 'Airports', head: ['airport', 'departures'], rows: [['ORD', '1,060']] },
    { kind: 'records', title: 'Alerts', lines: ['older', 'newer'], count: 2 },
  ],
})

const canvas = { columns: 100, rows: 40, styled: false }

it('draws numbers, tables and the newest records first', () => {
  const text = drawView('flights', 'http://127.0.0.1:8686', seen(1234), canvas).join('\n')
  expect(text).toContain('2,000 records/s  ·  10 messages/s  ·  lag 3  ·  12 actors  ·  commit p50 4.3 ms, p99 – ms')
  expect(text).toContain('flights: 1,234 records fed')
  expect(text).toContain('   airport   departures\n   ORD            1,060')
  expect(text.indexOf('newer')).toBeLessThan(text.indexOf('older'))
})

it('never draws more than the terminal holds: what wraps would be drawn over wrongly', () => {
  for (const styled of [true, false]) {
    const lines = drawView('flights', 'http://127.0.0.1:8686', seen(1234), { columns: 30, rows: 8, styled })
    expect(lines.length).toBe(7)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(30 + 20)
  }
})

const show = async (isTTY: boolean) => {
  const clock = new ManualClock()
  let text = ''
  const view = new LiveView({ isTTY, columns: 100, rows: 40, write: (more) => (text += more) }, clock, false)
  let looks = 0
  view.start({ application: 'flights', url: 'http://127.0.0.1:1', look: () => Promise.resolve(seen(++looks)) })
  const pass = async (ms: number) => {
    clock.advance(ms)
    for (let i = 0; i < 10; i++) await Promise.resolve()
  }
  return { view, pass, text: () => text }
}

it('draws over what it drew, prints what is logged above it, and leaves the last picture', async () => {
  const { view, pass, text } = await show(true)
  await pass(0)
  const height = drawView('flights', 'http://127.0.0.1:1', seen(1), canvas).length
  await pass(1_000)
  expect(text()).toContain(`\x1b[${height}A\x1b[0J`)
  expect(text()).toContain('2 records fed')
  view.writer('something is wrong\n')
  expect(text().split('something is wrong\n')[1]).toContain('2 records fed')
  await view.stop()
  const before = text()
  await pass(5_000)
  expect(text()).toBe(before)
  expect(before.endsWith('\x1b[?25h')).toBe(true)
})

it('writes plain lines where there is no terminal, and each record once', async () => {
  const { view, pass, text } = await show(false)
  await pass(0)
  await pass(5_000)
  await view.stop()
  expect(text().split('\n')).toEqual([
    'flights: http://127.0.0.1:1',
    '2,000 records/s, lag 3, 12 actors, flights fed 1',
    'Alerts: older',
    'Alerts: newer',
    '2,000 records/s, lag 3, 12 actors, flights fed 2',
    '',
  ])
})
