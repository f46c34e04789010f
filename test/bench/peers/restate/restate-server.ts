import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { npmPart } from '../../../../infra/local/npm-part.ts'
import { freePorts } from '../../../../infra/local/ports.ts'
import { bundledFor } from '../bundled-for.ts'
import { startPeerProcess } from '../peer-process.ts'
import type { PeerParts } from '../peer.ts'

export interface RunningRestate {
  /** Where its HTTP ingress is. */
  readonly ingressUrl: string
  readonly adminUrl: string
  readonly pids: readonly number[]
  readonly logFile: string
  stop(): Promise<void>
}

/** Restate's default. */
const partitions = 24
const packages = fileURLToPath(new URL('packages', import.meta.url))

/** Starts Restate's server and the service on Node, and makes them known to each other. */
export const startRestate = async (parts: PeerParts): Promise<RunningRestate> => {
  const modules = await npmPart('restate', packages)
  const [ingress, admin, node, service] = await freePorts(4)
  const script = await bundledFor(new URL('service.ts', import.meta.url), modules, parts.dir)
  const functions = await startPeerProcess({
    name: 'restate-service',
    command: process.execPath,
    args: [script],
    // By default the SDK prints a line for each invocation.
    env: { BENCH_PEER: JSON.stringify({ ...parts, port: service }), NODE_ENV: 'production', RESTATE_LOGGING: 'ERROR' },
    dir: parts.dir,
    ready: /^ready/m,
    missing: 'It is Node itself.',
  })
  const config = join(parts.dir, 'restate.toml')
  await writeFile(config, configuration(parts, { ingress: ingress!, admin: admin!, node: node! }))
  const platform = `restate-server-${process.platform}-${process.arch}`
  const server = await startPeerProcess({
    name: 'restate',
    command: join(modules, '@restatedev', platform, 'bin', 'restate-server'),
    args: ['--no-logo', '--config-file', config],
    env: { DO_NOT_TRACK: '1' },
    dir: parts.dir,
    ready: new RegExp(`(?:Partition \\d+ started[^]*?){${partitions}}`),
    missing: 'Restate has no server for this platform.',
  })
  const adminUrl = `http://127.0.0.1:${admin}`
  await ask(`${adminUrl}/deployments`, { uri: `http://127.0.0.1:${service}` })
  return {
    ingressUrl: `http://127.0.0.1:${ingress}`,
    adminUrl,
    pids: [server.component.pid, functions.component.pid],
    logFile: server.logFile,
    stop: async () => {
      await server.component.stop()
      await functions.component.stop()
    },
  }
}

/** Asks Restate's admin API to make something. */
export const ask = async (url: string, body: object): Promise<void> => {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`Restate answered ${answer.status} to ${url}: ${text}`)
}

// The defaults, durable with an fsync of its log before anything is acknowledged, but that the journals of completed
// invocations are not kept for a day: they are for people to look at.
const configuration = (
  { dir, brokers }: PeerParts,
  ports: { readonly ingress: number; readonly admin: number; readonly node: number },
): string => `
base-dir = "${join(dir, 'restate-data')}"
default-num-partitions = ${partitions}
listen-mode = "tcp"
disable-telemetry = true
bind-address = "127.0.0.1:${ports.node}"
advertised-address = "http://127.0.0.1:${ports.node}"
default-journal-retention = "0s"
log-filter = "warn,restate=info"
log-format = "compact"
log-disable-ansi-codes = true
[admin]
bind-address = "127.0.0.1:${ports.admin}"
[ingress]
bind-address = "127.0.0.1:${ports.ingress}"
[[ingress.kafka-clusters]]
name = "bench"
brokers = ["PLAINTEXT://${brokers}"]
`
