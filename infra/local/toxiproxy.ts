import { join } from 'node:path'
import { startComponent } from './component.ts'
import { cachedPart } from './parts-cache.ts'
import { accepts, freePorts } from './ports.ts'
import { runTool } from './run-tool.ts'
import { tempData } from './temp-data.ts'
import { versions } from './versions.ts'

/** What is done to connections; toxiproxy's own names and attributes. */
export type Toxic =
  /** Each way takes so long, in milliseconds. */
  | { readonly type: 'latency'; readonly attributes: { readonly latency: number; readonly jitter?: number } }
  /** Connections are reset at their next byte. */
  | { readonly type: 'reset_peer'; readonly attributes: { readonly timeout: number } }
  /** With 0 nothing goes through, and nothing is closed. */
  | { readonly type: 'timeout'; readonly attributes: { readonly timeout: number } }

/** A way from `port` to a server, that can be troubled. */
export interface TroubledWay {
  readonly port: number
  /** Troubles connections that there are and new ones, until the answer is called. */
  trouble(toxic: Toxic): Promise<() => Promise<void>>
}

/** A toxiproxy that runs. */
export interface RunningToxiproxy {
  /** @param listenPort of 127.0.0.1; @param upstream host:port */
  way(name: string, listenPort: number, upstream: string): Promise<TroubledWay>
  stop(): Promise<void>
}

const BUILD_WITHIN_MS = 600_000
const READY_WITHIN_MS = 30_000

/** Starts Shopify's toxiproxy on 127.0.0.1: it cuts and delays the TCP connections that go through it. */
export async function startToxiproxy(): Promise<RunningToxiproxy> {
  const [port] = await freePorts(1)
  const command = await toxiproxyBinary()
  const component = await startComponent({
    name: 'toxiproxy',
    command,
    args: ['-host', '127.0.0.1', '-port', String(port)],
    env: { LOG_LEVEL: 'error' },
    logFile: join(await tempData('toxiproxy'), 'toxiproxy.log'),
    detached: false,
    missing: 'Remove its folder and start again: it is built anew.',
    ready: () => accepts(port!),
    readyWithinMs: READY_WITHIN_MS,
  })
  const ask = (method: 'POST' | 'DELETE', path: string, body?: object) =>
    request(`http://127.0.0.1:${port}${path}`, method, body)
  return {
    async way(name, listenPort, upstream) {
      await ask('POST', '/proxies', { name, listen: `127.0.0.1:${listenPort}`, upstream, enabled: true })
      let toxics = 0
      return {
        port: listenPort,
        async trouble(toxic) {
          const toxicName = `${toxic.type}-${toxics++}`
          await ask('POST', `/proxies/${name}/toxics`, { ...toxic, name: toxicName, stream: 'downstream' })
          return () => ask('DELETE', `/proxies/${name}/toxics/${toxicName}`)
        },
      }
    },
    stop: () => component.stop(),
  }
}

/** toxiproxy's program, built with Go on first use. */
export async function toxiproxyBinary(): Promise<string> {
  const dir = await cachedPart(`toxiproxy-${versions.toxiproxy}`, async (draft) => {
    await runTool('go', ['install', `github.com/Shopify/toxiproxy/v2/cmd/server@${versions.toxiproxy}`], {
      cwd: draft,
      env: { GOBIN: draft, CGO_ENABLED: '0' },
      timeoutMs: BUILD_WITHIN_MS,
      missing: 'Install Go (1.24 or newer).',
    })
  })
  return join(dir, 'server')
}

async function request(url: string, method: 'POST' | 'DELETE', body: object | undefined): Promise<void> {
  const answer = await fetch(url, { method, body: body === undefined ? null : JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`toxiproxy: ${method} ${url} answered ${answer.status}: ${text}`)
}
