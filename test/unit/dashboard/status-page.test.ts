import { createHash } from 'node:crypto'
import { createContext, runInContext, Script } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { scriptBasics } from '../../../runtime/dashboard/script-basics.ts'
import { statusPage } from '../../../runtime/dashboard/status-page.ts'

const { html, contentSecurityPolicy } = statusPage
const only = (tag: string): string => {
  const found = [...html.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))]
  expect(found).toHaveLength(1)
  return found[0]?.[1] ?? ''
}

describe('the page is one document that needs nothing else', () => {
  test('it names no other host', () => {
    const outside = [...html.matchAll(/(?:https?:)?\/\/[a-z0-9.-]+/gi)].map(([url]) => url)
    expect(outside.filter((url) => url !== 'http://www.w3.org')).toEqual([])
    expect(html).not.toMatch(/<(link|script|img|iframe)[^>]+(src|href)="(?!data:)/)
  })

  test('its policy lets run exactly what is in it, and ask nobody but where it came from', () => {
    for (const [directive, tag] of [
      ['script-src', 'script'],
      ['style-src', 'style'],
    ] as const) {
      const hash = createHash('sha256').update(only(tag)).digest('base64')
      expect(contentSecurityPolicy).toContain(`${directive} 'sha256-${hash}'`)
    }
    for (const rule of ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"])
      expect(contentSecurityPolicy.split('; ')).toContain(rule)
    expect(contentSecurityPolicy).not.toContain('unsafe')
  })

  test('nothing in it is forbidden by that policy: no inline handlers or styles', () => {
    expect(only('style')).not.toContain('@import')
    expect(html.replace(only('script'), '')).not.toMatch(/<[^>]+\s(on[a-z]+|style)=/)
  })

  test('what comes from outside is only ever put in as text', () => {
    expect(only('script')).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b/)
  })
})

test('the script is one that browsers can read, and every place that it fills is there once', () => {
  expect(() => new Script(only('script'))).not.toThrow()
  const wanted = [...only('script').matchAll(/byId\('([^']+)'\)/g)].map(([, id]) => id)
  expect(wanted.length).toBeGreaterThan(20)
  for (const id of new Set(wanted)) expect([id, html.split(` id="${id}"`).length - 1]).toEqual([id, 1])
})

test('labels name what is there', () => {
  const named = [...html.matchAll(/(?:aria-labelledby|for|list)="([^"]+)"/g)].map(([, id]) => id)
  for (const id of named) expect(html).toContain(`id="${id}"`)
})

describe('numbers are short and say their unit', () => {
  const context = createContext({ Intl })
  runInContext(scriptBasics, context)
  const format = (how: string, value: number | null): string => String(runInContext(`${how}(${value})`, context))

  test.each([
    ['formatCount', null, '–'],
    ['formatCount', 0, '0'],
    ['formatCount', 0.44, '0.4'],
    ['formatCount', 9_999, '9,999'],
    ['formatCount', 12_345, '12.3k'],
    ['formatCount', 999_900, '1M'],
    ['formatCount', 4_560_000, '4.56M'],
    ['formatBytes', 0, '0 B'],
    ['formatBytes', 1_500, '1.46 KiB'],
    ['formatBytes', 64 << 20, '64 MiB'],
    ['formatMs', 0, '0 ms'],
    ['formatMs', 0.52, '0.5 ms'],
    ['formatMs', 123.4, '123 ms'],
    ['formatMs', 1_234, '1.23 s'],
    ['formatMs', null, '–'],
  ])('%s of %s is %s', (how, value, text) => {
    expect(format(how, value)).toBe(text)
  })
})
