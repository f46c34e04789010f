import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { RequestSignatures } from '../../../runtime/storage/request-signature.ts'

const signer = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token', region: 'eu-west-1' }
const request = {
  method: 'PUT',
  host: 'bank.s3.eu-west-1.amazonaws.com',
  path: '/a%20b',
  body: utf8Encode('x'),
  nowMs: Date.parse('2026-11-21T19:00:00.123Z'),
} as const

test('a request is signed as the rules of version 4 say', () => {
  const headers = new RequestSignatures().headers(request, signer)
  const hash = createHash('sha256').update('x').digest('hex')
  expect(headers).toMatchObject({
    host: request.host,
    'x-amz-content-sha256': hash,
    'x-amz-date': '20261121T190000Z',
    'x-amz-security-token': 'token',
  })
  const names = 'host;x-amz-content-sha256;x-amz-date;x-amz-security-token'
  const canonical = [
    'PUT',
    '/a%20b',
    '',
    `host:${request.host}`,
    `x-amz-content-sha256:${hash}`,
    'x-amz-date:20261121T190000Z',
    'x-amz-security-token:token',
    '',
    names,
    hash,
  ].join('\n')
  const scope = '20261121/eu-west-1/s3/aws4_request'
  const text = `AWS4-HMAC-SHA256\n20261121T190000Z\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`
  let key: Buffer | string = 'AWS4secret'
  for (const part of ['20261121', 'eu-west-1', 's3', 'aws4_request'])
    key = createHmac('sha256', key).update(part).digest()
  const signature = createHmac('sha256', key).update(text).digest('hex')
  expect(headers['authorization']).toBe(
    `AWS4-HMAC-SHA256 Credential=AKID/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  )
})

test('another day, secret or region has another key', () => {
  const signatures = new RequestSignatures()
  const of = (change: object, later = 0): string | undefined =>
    signatures.headers({ ...request, nowMs: request.nowMs + later }, { ...signer, ...change })['authorization']
  const all = [of({}), of({}, 86_400_000), of({ secretAccessKey: 'other' }), of({ region: 'eu-west-2' }), of({})]
  expect(new Set(all).size).toBe(4)
  expect(all[4]).toBe(all[0])
})
