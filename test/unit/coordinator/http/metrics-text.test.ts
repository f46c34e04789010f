import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseMetrics, sumOf } from '../../../../runtime/coordinator/http/metrics-text.ts'
import { quantilesBetween } from '../../../../runtime/coordinator/http/quantile.ts'
import { nullLog } from '../../../../runtime/platform/null-telemetry.ts'
import { prometheusTelemetry } from '../../../../runtime/platform/telemetry.ts'

test('labels and values are read as they were written, whatever is in them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.integer())), async (readings) => {
      const telemetry = prometheusTelemetry(nullLog)
      const unique = new Map(readings)
      const given = [...unique].map(([label, value]) => ({ labels: [label, 'x'], value }))
      telemetry.gauge('some_gauge', 'Some.', ['name', 'other'], () => given)
      const samples = parseMetrics(await telemetry.scrape())
      const read = (samples.get('some_gauge') ?? []).map(({ labels, value }) => [labels.get('name'), value])
      expect(new Map(read as [string, number][])).toEqual(unique)
      expect(sumOf(samples, 'some_gauge', { other: 'x' }) ?? 0).toBe([...unique.values()].reduce((a, b) => a + b, 0))
    }),
    { numRuns: 60 },
  )
})

test('quantiles lie in the bucket of what was observed between the scrapes', async () => {
  const telemetry = prometheusTelemetry(nullLog)
  const seconds = telemetry.histogram('h', 'H.', [0.1, 0.2, 0.4], ['at'])
  for (let i = 0; i < 100; i++) seconds.observe(0.05, 'a')
  const before = parseMetrics(await telemetry.scrape())
  for (let i = 0; i < 98; i++) seconds.observe(0.15, 'a')
  seconds.observe(0.3, 'a')
  seconds.observe(9, 'a')
  const after = parseMetrics(await telemetry.scrape())
  const [p50, p99, most] = quantilesBetween(before, after, 'h', [0.5, 0.99, 1])
  expect([p50! > 0.1 && p50! <= 0.2, p99! > 0.2 && p99! <= 0.4, most]).toEqual([true, true, 0.4])
  expect(quantilesBetween(before, after, 'h', [0.5], { at: 'b' })).toEqual([undefined])
  expect(quantilesBetween(after, after, 'h', [0.5])).toEqual([undefined])
  expect(quantilesBetween(undefined, parseMetrics(''), 'h', [0.5])).toEqual([undefined])
})
