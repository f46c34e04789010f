import { expect, it } from 'vitest'
import { actor, nothing } from 'millrace'
import { serve } from 'millrace/workers'
import { signRequest } from '../../../../runtime/protocol/signature.ts'

const implementation = actor('test/a', { state: {}, messages: { go: nothing } }).handle({ go: () => undefined })
const discover = (headers: Record<string, string> = {}) => new Request('https://worker.test/', { headers })

it('answers nobody without a key, unless that is allowed', async () => {
  const refused = await serve([implementation]).fetch(discover(), {})
  expect(refused.status).toBe(401)
  expect(await refused.json()).toEqual({ message: expect.stringContaining('MILLRACE_SIGNING_KEYS') })
  expect((await serve([implementation]).fetch(discover(), { MILLRACE_SIGNING_KEYS: '' })).status).toBe(401)
  expect((await serve([implementation], { allowUnsigned: true }).fetch(discover(), {})).status).toBe(200)
})

it('takes its keys from the environment, allowed or not', async () => {
  const env = { MILLRACE_SIGNING_KEYS: 'k1:0123456789abcdef' }
  const key = { id: 'k1', secret: new TextEncoder().encode('0123456789abcdef') }
  const worker = serve([implementation], { allowUnsigned: true })
  const signed = await signRequest({ method: 'GET', path: '/', body: new Uint8Array(0) }, key, Date.now())
  expect((await worker.fetch(discover({ ...signed }), env)).status).toBe(200)
  expect((await worker.fetch(discover(), env)).status).toBe(401)
  expect(
    (await worker.fetch(discover({ ...signed }), { MILLRACE_SIGNING_KEYS: 'k1:another-secret-here' })).status,
  ).toBe(401)
})
