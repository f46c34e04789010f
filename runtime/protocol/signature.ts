import { equalBytes, utf8Encode } from '../model/bytes.ts'
import { asBuffer } from './as-buffer.ts'

// HTTP Message Signatures (RFC 9421), of which one shape is written and read: hmac-sha256, label "millrace", over
// "@method" "@path" "content-digest" with created, keyid and alg. WebCrypto alone, for Workers and Node 20 both.

/** A secret that endpoint and coordinator share. */
export interface SigningKey {
  readonly id: string
  readonly secret: Uint8Array
}

export interface SignedParts {
  readonly method: string
  /** The path of the URL as it is sent, without the query. */
  readonly path: string
  readonly body: Uint8Array
}

/** The headers that a signed request carries besides its own. */
export interface SignatureHeaders {
  readonly 'content-digest': string
  readonly 'signature-input': string
  readonly signature: string
}

/** Why a request is refused; `ok` where it is not. */
export type Verification =
  'ok' | 'unsigned' | 'malformed' | 'key-unknown' | 'too-old' | 'digest-wrong' | 'signature-wrong'

const skewMsMax = 5 * 60_000
const label = 'millrace'
const components = '("@method" "@path" "content-digest")'
const bodyKeyId = /^[A-Za-z0-9_.:-]{1,64}$/

/** True for what may name a key: 1 to 64 letters, digits, `_`, `.`, `:` and `-`. */
export const isKeyId = (id: string): boolean => bodyKeyId.test(id)

export const signRequest = async (parts: SignedParts, key: SigningKey, nowMs: number): Promise<SignatureHeaders> => {
  const digest = await contentDigest(parts.body)
  const parameters = `${components};created=${Math.floor(nowMs / 1000)};keyid="${key.id}";alg="hmac-sha256"`
  const secret = await hmacKey(key, 'sign')
  const signature = await crypto.subtle.sign('HMAC', secret, asBuffer(signatureBase(parts, digest, parameters)))
  return {
    'content-digest': digest,
    'signature-input': `${label}=${parameters}`,
    signature: `${label}=:${toBase64(new Uint8Array(signature))}:`,
  }
}

const inputPattern =
  /^millrace=(\("@method" "@path" "content-digest"\);created=(\d{1,12});keyid="([A-Za-z0-9_.:-]{1,64})";alg="hmac-sha256")$/
const signaturePattern = /^millrace=:([A-Za-z0-9+/]{43}=):$/

/**
 * Checks a request against the keys, of which there may be two while one replaces the other. `headers` answers a header by
 * its name in lower case. The comparison is WebCrypto's, in constant time.
 */
export const verifyRequest = async (
  parts: SignedParts,
  headers: (name: keyof SignatureHeaders) => string | null | undefined,
  keys: readonly SigningKey[],
  nowMs: number,
): Promise<Verification> => {
  const digest = headers('content-digest')
  const input = headers('signature-input')
  const signature = headers('signature')
  if (!digest || !input || !signature) return 'unsigned'
  const [, parameters, created, keyId] = inputPattern.exec(input) ?? []
  const [, encoded] = signaturePattern.exec(signature) ?? []
  if (parameters === undefined || created === undefined || encoded === undefined) return 'malformed'
  const key = keys.find(({ id }) => id === keyId)
  if (key === undefined) return 'key-unknown'
  if (Math.abs(nowMs - Number(created) * 1000) > skewMsMax) return 'too-old'
  const secret = await hmacKey(key, 'verify')
  const base = asBuffer(signatureBase(parts, digest, parameters))
  if (!(await crypto.subtle.verify('HMAC', secret, asBuffer(fromBase64(encoded)), base))) return 'signature-wrong'
  return equalBytes(utf8Encode(await contentDigest(parts.body)), utf8Encode(digest)) ? 'ok' : 'digest-wrong'
}

const signatureBase = ({ method, path }: SignedParts, digest: string, parameters: string): Uint8Array =>
  utf8Encode(
    `"@method": ${method.toUpperCase()}\n"@path": ${path}\n"content-digest": ${digest}\n"@signature-params": ${parameters}`,
  )

const contentDigest = async (body: Uint8Array): Promise<string> =>
  `sha-256=:${toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', asBuffer(body))))}:`

type HmacKey = Parameters<typeof crypto.subtle.verify>[1]

// A key is imported once for each use; keys live as long as the process.
const imported = new WeakMap<SigningKey, Map<string, Promise<HmacKey>>>()

const hmacKey = (key: SigningKey, use: 'sign' | 'verify'): Promise<HmacKey> => {
  let uses = imported.get(key)
  if (uses === undefined) imported.set(key, (uses = new Map()))
  let known = uses.get(use)
  if (known === undefined) {
    known = crypto.subtle.importKey('raw', asBuffer(key.secret), { name: 'HMAC', hash: 'SHA-256' }, false, [use])
    uses.set(use, known)
  }
  return known
}

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))
const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
