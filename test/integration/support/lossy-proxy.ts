import { connect, createServer, type Socket } from 'node:net'

// A proxy in front of a broker that knows the requests of Kafka's protocol apart, which a proxy of bytes cannot.
export interface LossyProxy {
  /** The next `times` answers to requests of this API are lost: they are let through, the answers are not. */
  lose(apiKey: number, how: 'closing' | 'silent', times?: number): void
  /**
   * When the next request of this API has come, `act` runs, and after it the connection is closed: the request has not
   * reached the broker, or it has and its answer comes to nobody. Resolves then.
   */
  meet(apiKey: number, request: 'kept-back' | 'passed-on', act: () => Promise<void>): Promise<void>
  /** Answers lost so far. */
  readonly lost: number
  close(): Promise<void>
}

interface Meeting {
  readonly apiKey: number
  readonly passes: boolean
  readonly act: () => Promise<void>
  readonly settle: (met: Promise<void>) => void
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
  let meeting: Meeting | undefined
  let lost = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const [host, port] = upstream().split(':')
    const broker = connect(Number(port), host)
    const doomed = new Map<number, 'closing' | 'silent'>()
    let cutOff = false
    client.on(
      'data',
      frames((request) => {
        if (cutOff) return
        if (meeting?.apiKey === request.readInt16BE(4)) {
          const { passes, act, settle } = meeting
          meeting = undefined
          cutOff = true
          if (passes) broker.write(request)
          return settle(act().finally(() => client.destroy()))
        }
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
        if (cutOff) return
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
        // While somebody acts the client must not learn that the broker has gone.
        if (!cutOff || socket === client) client.destroy()
        broker.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(listenPort, '127.0.0.1', resolve))
  return {
    lose(apiKey, how, times = 1) {
      plan = { apiKey, how, times }
    },
    meet(apiKey, request, act) {
      return new Promise((settle) => (meeting = { apiKey, passes: request === 'passed-on', act, settle }))
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
