import { connect, createServer, type Socket } from 'node:net'

// A proxy in front of a broker that lets a request through and swallows its answer, closing the connection or not.
export interface LossyProxy {
  /** The next `times` answers to requests of this API are lost. */
  lose(apiKey: number, how: 'closing' | 'silent', times?: number): void
  /** Answers lost so far. */
  readonly lost: number
  close(): Promise<void>
}

const frames = (onFrame: (frame: Buffer) => void): ((chunk: Buffer) => void) => {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const length = 4 + rest.readInt32BE(0)
      onFrame(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
  }
}

export const startLossyProxy = async (listenPort: number, upstream: () => string): Promise<LossyProxy> => {
  let plan: { apiKey: number; how: 'closing' | 'silent'; times: number } | undefined
  let lost = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const [host, port] = upstream().split(':')
    const broker = connect(Number(port), host)
    const doomed = new Map<number, 'closing' | 'silent'>()
    client.on(
      'data',
      frames((request) => {
        if (plan !== undefined && plan.times > 0 && request.readInt16BE(4) === plan.apiKey) {
          plan.times--
          doomed.set(request.readInt32BE(8), plan.how)
        }
        broker.write(request)
      }),
    )
    broker.on(
      'data',
      frames((answer) => {
        const how = doomed.get(answer.readInt32BE(4))
        if (how === undefined) return client.write(answer)
        lost++
        if (how === 'closing') client.destroy()
      }),
    )
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        broker.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(listenPort, '127.0.0.1', resolve))
  return {
    lose(apiKey, how, times = 1) {
      plan = { apiKey, how, times }
    },
    get lost() {
      return lost
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
