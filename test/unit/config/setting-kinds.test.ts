import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bytes,
  duration,
  flag,
  formatDuration,
  listOf,
  oneOf,
  text,
  whole,
} from '../../../runtime/config/setting-kinds.ts'

describe('kinds of settings', () => {
  test('a whole number is read from digits alone and held to its bounds', () => {
    const port = whole(0, 65_535)
    expect(['8686', '0', '65535'].map((given) => port.fromText(given))).toEqual([8686, 0, 65_535])
    for (const given of ['', ' 1', '1e3', '0x10', '1.0', '-1', '65536', 'NaN'])
      expect(port.fromText(given)).toBe(undefined)
    for (const given of ['1', 1.5, -1, 65_536, NaN, null, [1]]) expect(port.fromValue(given)).toBe(undefined)
  })

  test('a size takes a number of bytes or a binary unit', () => {
    const size = bytes(1, 2 ** 31)
    expect(['1', '12B', '64KiB', '8MiB', '1GiB'].map((given) => size.fromText(given))).toEqual([
      1,
      12,
      65_536,
      8 << 20,
      2 ** 30,
    ])
    expect([size.fromValue(5), size.fromValue('5KiB')]).toEqual([5, 5120])
    for (const given of ['0', '3GiB', '1MB', '1.5MiB', 'KiB', '']) expect(size.fromText(given)).toBe(undefined)
  })

  test('a duration takes milliseconds or a unit, within its bounds', () => {
    const wait = duration('100ms', '15s')
    expect(['250', '10s', '0.5s'].map((given) => wait.fromText(given))).toEqual([250, 10_000, 500])
    expect([wait.fromValue(250), wait.fromValue('10s')]).toEqual([250, 10_000])
    for (const given of ['99', '16s', '', 's', '-1s', '1 s']) expect(wait.fromText(given)).toBe(undefined)
    expect(wait.allowed).toBe("a duration from 100ms to 15s, as 250 (milliseconds), '10s' or '5m'")
  })

  test('flags, choices, lists and text take what they say and nothing else', () => {
    expect([flag.fromText('true'), flag.fromText('false'), flag.fromText('1'), flag.fromValue('true')]).toEqual([
      true,
      false,
      undefined,
      undefined,
    ])
    const level = oneOf('info', 'warn')
    expect([level.fromText('warn'), level.fromText('WARN'), level.fromValue(1)]).toEqual(['warn', undefined, undefined])
    const hosts = listOf(text('host', /^[a-z]+$/), 'hosts')
    expect(hosts.fromText('a, b')).toEqual(['a', 'b'])
    for (const given of ['', 'a,,b', 'a,B']) expect(hosts.fromText(given)).toBe(undefined)
    for (const given of ['a', [], ['a', 1], ['a', 'B']]) expect(hosts.fromValue(given)).toBe(undefined)
    expect([text().fromValue(''), text().fromValue('x'), text().fromValue(1)]).toEqual([undefined, 'x', undefined])
  })

  test('what a kind writes it reads back as the same value', () => {
    const size = bytes(0, Number.MAX_SAFE_INTEGER)
    const wait = duration(0, 9_000_000_000_000)
    const number = whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat({ max: 9_000_000_000_000 }), fc.maxSafeInteger(), (a, b, c) => {
        expect(size.fromText(size.format(a))).toBe(a)
        expect(wait.fromText(wait.format(b))).toBe(b)
        expect(number.fromText(number.format(c))).toBe(c)
      }),
    )
  })

  test('a duration is written in the largest unit that divides it', () => {
    expect([0, 50, 1_500, 60_000, 86_400_000, 90_000_000].map(formatDuration)).toEqual([
      '0ms',
      '50ms',
      '1500ms',
      '1m',
      '1d',
      '25h',
    ])
  })
})
