import fc from 'fast-check'
import { expect, test } from 'vitest'
import { durationMs } from '../../../runtime/model/duration.ts'

test.each([
  [250, 250],
  ['250ms', 250],
  ['1.5s', 1_500],
  ['10m', 600_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['0s', 0],
  [0, 0],
])('%j is %i ms', (duration, ms) => expect(durationMs(duration, 'x')).toBe(ms))

test('what is no duration is refused by the name of the setting', () => {
  for (const bad of ['', '10', 's', '1 s', '-1s', '1e3s', '1S', '1.s', 'ms', 'NaNs', -1, NaN, Infinity])
    expect(() => durationMs(bad, 'commit.minInterval')).toThrow(/commit\.minInterval.*10m/)
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (!/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text)) expect(() => durationMs(text, 'x')).toThrow()
    }),
  )
})
