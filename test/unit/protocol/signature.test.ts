import { createHash, createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { type SignedParts, signRequest, verifyRequest } from '../../../runtime/protocol/signature.ts'
import { parseSigningKeys } from '../../../runtime/protocol/signing-keys.ts'

const utf8 = new TextEncoder()
const key = { id: 'k1', secret: utf8.encode('a secret of enough bytes') }
const other = { id: 'k2', secret: utf8.encode('another secret of enough bytes') }
const parts: SignedParts = { method: 'POST', path: '/fn', body: utf8.encode('hello') }
const now = 1_700_000_000_000

type Given = { parts?: SignedParts; headers?: Record<string, string>; keys?: (typeof key)[]; nowMs?: number }
const verify = async (given: Given = {}) => {
  const headers: Record<string, string> = { ...(await signRequest(parts, key, now)), ...given.headers }
  return verifyRequest(given.parts ?? parts, (name) => headers[name], given.keys ?? [key], given.nowMs ?? now)
}

it('signs as RFC 9421 says, computed by another implementation', async () => {
  const digest = `sha-256=:${createHash('sha256').update('hello').digest('base64')}:`
  const parameters = '("@method" "@path" "content-digest");created=1700000000;keyid="k1";alg="hmac-sha256"'
  const base = `"@method": POST\n"@path": /fn\n"content-digest": ${digest}\n"@signature-params": ${parameters}`
  expect(await signRequest(parts, key, now)).toEqual({
    'content-digest': digest,
    'signature-input': `millrace=${parameters}`,
    signature: `millrace=:${createHmac('sha256', key.secret).update(base).digest('base64')}:`,
  })
})

it('takes what it signed, by either of two keys', async () => {
  expect(await verify()).toBe('ok')
  expect(await verify({ keys: [other, key] })).toBe('ok')
})

it('signs the empty body of a GET', async () => {
  const get = { method: 'GET', path: '/fn', body: new Uint8Array(0) }
  const headers = await signRequest(get, key, now)
  expect(await verifyRequest(get, (name) => headers[name], [key], now)).toBe('ok')
})

it('refuses another method, path, body or secret', async () => {
  expect(await verify({ parts: { ...parts, method: 'PUT' } })).toBe('signature-wrong')
  expect(await verify({ parts: { ...parts, path: '/fn/' } })).toBe('signature-wrong')
  expect(await verify({ parts: { ...parts, body: utf8.encode('hellO') } })).toBe('digest-wrong')
  expect(await verify({ keys: [{ ...key, secret: other.secret }] })).toBe('signature-wrong')
})

it('refuses a digest that fits a body which was exchanged', async () => {
  const body = utf8.encode('exchanged')
  const forged = await signRequest({ ...parts, body }, other, now)
  expect(await verify({ parts: { ...parts, body }, headers: { 'content-digest': forged['content-digest'] } })).toBe(
    'signature-wrong',
  )
})

it('refuses keys that it does not have', async () => {
  expect(await verify({ keys: [other] })).toBe('key-unknown')
})

it('refuses what is off by more than five minutes either way', async () => {
  expect(await verify({ nowMs: now + 300_000 })).toBe('ok')
  expect(await verify({ nowMs: now + 300_001 })).toBe('too-old')
  expect(await verify({ nowMs: now - 300_001 })).toBe('too-old')
})

it('refuses what is unsigned, or signed in another shape', async () => {
  expect(await verify({ headers: { signature: '' } })).toBe('unsigned')
  expect(await verify({ headers: { signature: 'millrace=:AAAA:' } })).toBe('malformed')
  const weaker = 'millrace=("@method");created=1700000000;keyid="k1";alg="hmac-sha256"'
  expect(await verify({ headers: { 'signature-input': weaker } })).toBe('malformed')
})

it('reads keys from a setting', () => {
  expect(parseSigningKeys('new:0123456789abcdef,old:fedcba9876543210', 'KEYS').map(({ id }) => id)).toEqual([
    'new',
    'old',
  ])
  const [plain] = parseSigningKeys('a:with:colons-in-the-secret', 'KEYS')
  expect(new TextDecoder().decode(plain?.secret)).toBe('with:colons-in-the-secret')
})

it.each([
  ['nothing', '<id>:<secret>'],
  ['a:short', 'shorter than 16'],
  ['a:0123456789abcdef,a:fedcba9876543210', 'both keys'],
  ['a:0123456789abcdef,b:0123456789abcdef,c:0123456789abcdef', 'allowed are two'],
])('refuses the keys %s without showing a secret', (text, reason) => {
  expect(() => parseSigningKeys(text, 'KEYS')).toThrow(reason)
  expect(() => parseSigningKeys(text, 'KEYS')).not.toThrow('0123456789abcdef')
})
