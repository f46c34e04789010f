import { request } from 'node:http'
import type { HttpApp } from '../../../../runtime/coordinator/http/http-app.ts'
import { listen } from '../../../../runtime/platform/http-server.ts'

interface AskInit {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly signal?: AbortSignal
}

const isMessage = (path: string, { method }: AskInit): boolean => method === 'POST' && /^\/(send|call)\b/.test(path)

/** Asks by Node's own client: paths go out as they are, and any Host can be named. */
const askServer = (port: number, path: string, { method, headers, body, signal }: AskInit): Promise<Response> =>
  new Promise((resolve, reject) => {
    const to = {
      host: '127.0.0.1',
      port,
      path,
      method,
      headers: { host: 'localhost:8686', ...headers },
      agent: false,
      setHost: false,
    }
    request({ ...to, ...(signal && { signal }) }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const given = Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)])
        resolve(new Response(Buffer.concat(chunks), { status: incoming.statusCode ?? 0, headers: given }))
      })
    })
      .on('error', reject)
      .end(body)
  })

/** An app behind a socket. Messages, which it answers on Node's own objects, go over that; all else is asked of its `fetch`. */
export const served = async (app: HttpApp) => {
  const server = await listen(app, { host: '127.0.0.1', port: 0 })
  const ask = async (path: string, init: AskInit = {}): Promise<Response> =>
    isMessage(path, init)
      ? askServer(server.port, path, init)
      : app.fetch(new Request(`http://localhost:8686${path}`, init))
  return { server, ask }
}
