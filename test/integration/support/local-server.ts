import type { Server } from 'node:http'

export interface LocalServer {
  readonly url: string
  readonly port: number
  /** Cuts what is open. */
  close(): Promise<void>
}

/** Lets a server listen on a free port of 127.0.0.1. */
export const listenLocally = async (server: Server): Promise<LocalServer> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no address')
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
