import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { listenLocally } from './local-server.ts'

export interface BrokenS3 {
  readonly endpoint: string
  close(): Promise<void>
}

/** What a store does amiss: it ignores the conditions of a PUT, or looks at them and writes a moment later. */
export type Flaw = 'ignores-conditions' | 'checks-then-writes'

/** Enough of S3 to be probed, with a flaw that stores which one can buy have had. Signatures are not looked at. */
export const startBrokenS3 = async (flaw: Flaw): Promise<BrokenS3> => {
  const objects = new Map<string, Buffer>()
  const etagOf = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const answer = (status: number, body: string | Buffer = '', headers: Record<string, string> = {}): void => {
      response.writeHead(status, { date: new Date().toUTCString(), ...headers }).end(body)
    }
    const there = objects.get(path)
    if (request.method === 'GET') {
      if (!there) return answer(404, '<Error><Code>NoSuchKey</Code></Error>', { 'content-type': 'application/xml' })
      return answer(200, there, { etag: etagOf(there) })
    }
    if (request.method === 'PUT') {
      const { 'if-none-match': absent, 'if-match': match } = request.headers
      const holds = absent === '*' ? !there : match === undefined || (there && etagOf(there) === match)
      if (flaw === 'checks-then-writes' && !holds)
        return answer(412, '<Error><Code>PreconditionFailed</Code></Error>', { 'content-type': 'application/xml' })
      // Whoever asks in between is told that nothing has changed yet.
      await new Promise((resolve) => setTimeout(resolve, 2))
      const bytes = Buffer.concat(chunks)
      objects.set(path, bytes)
      return answer(200, '', { etag: etagOf(bytes) })
    }
    if (request.method === 'POST' && query.includes('delete')) {
      objects.clear()
      return answer(200, '<DeleteResult></DeleteResult>', { 'content-type': 'application/xml' })
    }
    return answer(204)
  })
  const { url, close } = await listenLocally(server)
  return { endpoint: url, close }
}
