import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/** Who signs a request to S3, and for what. */
export interface Signer {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
  readonly region: string
}

export interface RequestToSign {
  readonly method: 'PUT'
  readonly host: string
  /** Percent-encoded, from the slash on. */
  readonly path: string
  readonly body: Uint8Array
  readonly nowMs: number
}

const algorithm = 'AWS4-HMAC-SHA256'
/** In the order of the alphabet, as the rules want them. */
const signedNames = 'host;x-amz-content-sha256;x-amz-date'

const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: Uint8Array | string, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/**
 * The headers that prove a request to S3 (AWS Signature Version 4). A key is made once a day for each secret; then a
 * request costs one hash of its body and one of a few lines.
 */
export class RequestSignatures {
  private key: { readonly of: Signer; readonly day: string; readonly secret: KeyObject } | undefined

  headers(request: RequestToSign, signer: Signer): Record<string, string> {
    // 20261121T190000Z
    const time = new Date(request.nowMs).toISOString().replace(/[-:]|\.\d+/g, '')
    const day = time.slice(0, 8)
    const bodyHash = sha256(request.body)
    const { sessionToken: token } = signer
    const names = token === undefined ? signedNames : `${signedNames};x-amz-security-token`
    const tokenLine = token === undefined ? '' : `x-amz-security-token:${token}\n`
    const lines = `host:${request.host}\nx-amz-content-sha256:${bodyHash}\nx-amz-date:${time}\n${tokenLine}`
    const canonical = `${request.method}\n${request.path}\n\n${lines}\n${names}\n${bodyHash}`
    const scope = `${day}/${signer.region}/s3/aws4_request`
    const text = `${algorithm}\n${time}\n${scope}\n${sha256(canonical)}`
    const signature = createHmac('sha256', this.keyOf(signer, day)).update(text).digest('hex')
    const headers: Record<string, string> = {
      host: request.host,
      'x-amz-content-sha256': bodyHash,
      'x-amz-date': time,
      authorization: `${algorithm} Credential=${signer.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    }
    if (token !== undefined) headers['x-amz-security-token'] = token
    return headers
  }

  private keyOf(signer: Signer, day: string): KeyObject {
    const { key } = this
    const isSame =
      key?.day === day && key.of.secretAccessKey === signer.secretAccessKey && key.of.region === signer.region
    if (isSame) return key.secret
    const bytes = [signer.region, 's3', 'aws4_request'].reduce(
      (from, text) => hmac(from, text),
      hmac(`AWS4${signer.secretAccessKey}`, day),
    )
    // Bytes would be made such an object again for each signature, which costs more than to sign.
    const secret = createSecretKey(bytes)
    this.key = { of: signer, day, secret }
    return secret
  }
}
