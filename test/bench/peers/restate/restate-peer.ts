import type { Peer } from '../peer.ts'
import { ask, startRestate } from './restate-server.ts'

/** Restate with a virtual object on Node: exactly once for its state, at least once for what it writes to Kafka. */
export const restatePeer: Peer = {
  name: 'restate',
  cases: ['drain-10k', 'latency-1k', 'http-call'],
  drainEvents: 50_000,
  egress: 'at-least-once',
  startCalls: async (parts) => {
    const running = await startRestate(parts)
    return { url: running.ingressUrl, path: '/counter/{}/deposit', stop: () => running.stop() }
  },
  start: async (parts) => {
    const running = await startRestate(parts)
    const openedMs = Date.now()
    await ask(`${running.adminUrl}/subscriptions`, {
      source: `kafka://bench/${parts.events}`,
      sink: 'service://counter/event',
      options: { 'auto.offset.reset': 'earliest', 'isolation.level': 'read_committed' },
    })
    return { openedMs, pids: running.pids, logFile: running.logFile, stop: () => running.stop() }
  },
}
