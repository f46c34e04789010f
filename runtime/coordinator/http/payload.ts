import { noBytes, utf8Decode } from '../../model/bytes.ts'
import { isBuiltIn, valueFromJson, valueToJson } from '../../protocol/value-json.ts'
import { HttpError } from './http-error.ts'
import type { Target } from './target.ts'

// Bodies are bytes in the message's own codec (application/octet-stream), or JSON for people (application/json).

export type Form = 'bytes' | 'json'

const bytesType = 'application/octet-stream'
const jsonType = 'application/json'
const takesNothing = 'io.millrace.types/nothing'
const opaqueBytes = 'io.millrace.types/bytes'

/** What a body is in. Undefined: it says nothing, which only a message without a payload may. */
export const formOf = (contentType: string | undefined, body: Uint8Array): Form | undefined => {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === bytesType) return 'bytes'
  if (type === jsonType) return 'json'
  if (body.length === 0) return undefined
  const is = type === undefined ? 'missing' : type.slice(0, 100)
  const message = `Content-Type is ${is}; allowed are ${jsonType}, and ${bytesType} for bytes in the message's encoding`
  throw new HttpError(415, 'UNSUPPORTED_CONTENT', message)
}

/**
 * The payload that a body says, undefined for none. Bytes may be empty and a payload all the same: that is how StateFun's
 * types write 0 and ''.
 */
export const payloadOf = (target: Target, form: Form | undefined, body: Uint8Array): Uint8Array | undefined => {
  const { typename: owner, message, spec } = target
  const typename = spec?.typename
  const what = `${owner}.${message}`
  if (typename === takesNothing) return refuseAny(what, form, body)
  if (form === 'bytes') {
    // A schema's values are JSON, which is never empty.
    if (body.length === 0 && (typename === undefined || typename === what)) return undefined
    return body
  }
  if (body.length > 0) return payloadFromJson(typename, parsed(body, what), body, what)
  if (isBuiltIn(typename) || typename === opaqueBytes)
    throw new HttpError(400, 'VALUE_INVALID', `${what} takes a value of ${typename}, and there is no body`)
  return undefined
}

const refuseAny = (what: string, form: Form | undefined, body: Uint8Array): undefined => {
  if (body.length === 0 || (form === 'json' && parsed(body, what) === null)) return undefined
  throw new HttpError(400, 'VALUE_INVALID', `${what} takes no value; send no body`)
}

const parsed = (body: Uint8Array, what: string): unknown => {
  try {
    return JSON.parse(utf8Decode(body))
  } catch {
    throw new HttpError(400, 'VALUE_INVALID', `${what}: the body is not JSON`)
  }
}

const payloadFromJson = (typename: string | undefined, json: unknown, body: Uint8Array, what: string): Uint8Array => {
  if (typename === opaqueBytes)
    throw new HttpError(415, 'UNSUPPORTED_CONTENT', `${what} takes bytes: send them as ${bytesType}`)
  return typename !== undefined && isBuiltIn(typename) ? valueFromJson(typename, json, what) : body
}

/** What a client wants its reply in: as its Accept says, else as it asked. */
export const replyForm = (accept: string | undefined, asked: Form | undefined): Form => {
  let best: { form: Form; quality: number } | undefined
  for (const range of accept?.split(',').slice(0, 32) ?? []) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const form = type === jsonType ? 'json' : type === bytesType ? 'bytes' : undefined
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
    if (form && quality > (best?.quality ?? 0)) best = { form, quality }
  }
  return best?.form ?? asked ?? 'json'
}

/** A reply as it is answered: bytes, or a text to be written as UTF-8. */
export interface ReplyBody {
  readonly contentType: string | undefined
  readonly body: Uint8Array | string
}

/**
 * A reply. Where there is no payload the answer in bytes has no Content-Type, the one in JSON is `null`. A value that
 * cannot be said in JSON is answered in bytes.
 */
export const replyBody = (payload: Uint8Array | undefined, typename: string | undefined, form: Form): ReplyBody => {
  if (form === 'json') {
    if (payload === undefined || typename === takesNothing) return { contentType: jsonType, body: 'null' }
    const json = typename === opaqueBytes ? undefined : valueToJson(typename, payload)
    if (json !== undefined) return { contentType: jsonType, body: isBuiltIn(typename) ? JSON.stringify(json) : payload }
  }
  return payload === undefined ? { contentType: undefined, body: noBytes } : { contentType: bytesType, body: payload }
}
