import { fileURLToPath } from 'node:url'
import { startPeerProcess } from '../peer-process.ts'
import type { Peer } from '../peer.ts'

/** The loop that one writes by hand on Node, with the client that most take: see loop.ts for its settings. */
export const kafkajsPeer: Peer = {
  name: 'kafkajs',
  cases: ['drain-10k', 'latency-1k'],
  drainEvents: 1_000_000,
  egress: 'exactly-once',
  start: async (parts) => {
    const { component, readyMs, logFile } = await startPeerProcess({
      name: 'kafkajs',
      command: process.execPath,
      args: [fileURLToPath(new URL('loop.ts', import.meta.url))],
      env: { BENCH_PEER: JSON.stringify(parts) },
      dir: parts.dir,
      ready: /^ready (\d+)/m,
      missing: 'It is Node itself.',
    })
    return { openedMs: readyMs, pids: [component.pid], logFile, stop: () => component.stop() }
  },
}
