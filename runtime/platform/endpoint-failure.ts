import { messageOf } from '../model/errors.ts'
import { EndpointError } from '../ports/function-client.ts'

/** What a status other than 200 means (docs/wire-protocol.md); `detail` is the beginning of the answer's body. */
export const refusalOf = (status: number, detail: string, endpoint: string): EndpointError => {
  const answered = `${endpoint} answered ${status}${detail === '' ? '' : ` (${detail})`}`
  const is = { status }
  if (status === 409)
    return new EndpointError('ENDPOINT_PROTOCOL', 'stale-discovery', `${answered}: it serves other functions now`, is)
  if (status === 413)
    return new EndpointError('ENDPOINT_PROTOCOL', 'too-large', `${answered}: the request is larger than it takes`, is)
  if (status === 401 || status === 403) {
    const text = `${answered}: check that both sides have the same signing key and that the clocks agree`
    return new EndpointError('ENDPOINT_UNAVAILABLE', 'unreachable', text, is)
  }
  if (status === 404) {
    const text = `${answered}: nothing serves functions there, check the endpoint's URL`
    return new EndpointError('ENDPOINT_UNAVAILABLE', 'unreachable', text, is)
  }
  if (status === 429 || status === 503) return new EndpointError('ENDPOINT_UNAVAILABLE', 'unreachable', answered, is)
  if (status >= 500 || status === 408) return new EndpointError('ENDPOINT_UNAVAILABLE', 'failed', answered, is)
  if (status >= 300 && status < 400)
    return new EndpointError('ENDPOINT_PROTOCOL', 'unreachable', `${answered}: set the URL that it redirects to`, is)
  if (status === 415) {
    const text = `${answered}: it does not speak the batch protocol, check the endpoint's URL`
    return new EndpointError('ENDPOINT_PROTOCOL', 'unreachable', text, is)
  }
  return new EndpointError('ENDPOINT_PROTOCOL', 'failed', answered, is)
}

/** Errors before a connection stood: no handler has seen anything. */
const noConnection = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNABORTED',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** What an error of the connection means. */
export const brokenOff = (error: unknown, endpoint: string): EndpointError => {
  if (error instanceof EndpointError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = noConnection.has(code) ? 'unreachable' : 'failed'
  const what = reason === 'unreachable' ? 'cannot be reached' : 'broke off'
  const because = messageOf(error) || code
  return new EndpointError('ENDPOINT_UNAVAILABLE', reason, `${endpoint} ${what}: ${because}`, { cause: error })
}
