import { createConnection, createServer } from 'node:net'

// Below the range that systems give to outgoing connections. A client that keeps dialling a dead broker on a port inside
// that range can be given that very port as its own source: it then talks to itself and the broker cannot come back.
const LOWEST = 20_000
const HIGHEST = 32_000
const TRIES_MAX = 200

/** Whether nothing listens on this port of 127.0.0.1 and one may. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** Picks `count` different free ports that stay usable across restarts of what listens there. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  for (let tries = 0; ports.size < count; tries++) {
    if (tries === TRIES_MAX) throw new Error(`no ${count} free ports of 127.0.0.1 between ${LOWEST} and ${HIGHEST}`)
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (!ports.has(port) && (await isFree(port))) ports.add(port)
  }
  return [...ports]
}

/** Whether somebody accepts connections on this port of 127.0.0.1. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1', timeout: 1000 })
    const end = (yes: boolean) => {
      socket.destroy()
      resolve(yes)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}
