/** Bytes of the first whole answer of HTTP/1.1 in `bytes`; undefined while it has not come whole. */
export const answerLength = (bytes: Buffer): number | undefined => {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const bodyAt = headEnd + 4
  const head = bytes.toString('latin1', 0, headEnd)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) {
    const end = bodyAt + Number(length)
    return bytes.length >= end ? end : undefined
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return bodyAt
  const last = bytes.indexOf('0\r\n\r\n', bodyAt)
  return last < 0 ? undefined : last + 5
}
