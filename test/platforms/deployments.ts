import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import { createHandler } from 'millrace'
import { listen } from 'millrace/node'
import { httpFunctionClient } from '../../runtime/platform/http-function-client.ts'
import { inProcessFunctionClient } from '../../runtime/platform/in-process-function-client.ts'
import type { FunctionClient } from '../../runtime/ports/function-client.ts'
import { parseDiscovery } from '../../runtime/protocol/discovery.ts'
import { signRequest } from '../../runtime/protocol/signature.ts'
import { parseSigningKeys } from '../../runtime/protocol/signing-keys.ts'
import { handlers } from './shop.ts'

export interface DeployOptions {
  /** Undefined: everybody may call. */
  readonly keys?: string
  readonly maxBodyBytes?: number
}

/** The shop, served. */
export interface Deployment {
  /** Signs with `key` where one is given. */
  client(key?: string): FunctionClient
  /** Serves the later version of the shop at the same place. */
  redeploy(): Promise<void>
  close(): Promise<void>
}

const clientFor = (url: string, key: string | undefined): FunctionClient => {
  const [signingKey] = key === undefined ? [] : parseSigningKeys(key, 'key')
  return httpFunctionClient({
    url,
    parseDiscovery,
    sign: signingKey && (async (request) => ({ ...(await signRequest(request, signingKey, Date.now())) })),
  })
}

export const inThisProcess = async (): Promise<Deployment> => ({
  client: () => inProcessFunctionClient(createHandler(handlers.first)),
  redeploy: () => Promise.reject(new Error('a process serves one version')),
  close: () => Promise.resolve(),
})

export const inNode = async (options: DeployOptions): Promise<Deployment> => {
  let server = await listen(handlers.first, { ...options, port: 0, path: '/shop' })
  const { url, port } = server
  return {
    client: (key) => clientFor(url, key),
    async redeploy() {
      await server.close()
      server = await listen(handlers.later, { ...options, port, path: '/shop' })
    },
    close: () => server.close(),
  }
}

export const inWorkerd = async (options: DeployOptions): Promise<Deployment> => {
  const { keys, maxBodyBytes } = options
  const configured = async (version: 'first' | 'later') => ({
    modules: true,
    script: await workerBundle(version, { path: '/shop', maxBodyBytes, allowUnsigned: keys === undefined }),
    compatibilityDate: '2026-01-01',
    bindings: keys === undefined ? {} : { MILLRACE_SIGNING_KEYS: keys },
    host: '127.0.0.1',
    port: 0,
    // Otherwise it asks the network for what a request tells of its sender.
    cf: false as const,
  })
  const miniflare = new Miniflare(await configured('first'))
  const url = new URL('/shop', await miniflare.ready)
  return {
    client: (key) => clientFor(url.href, key),
    redeploy: async () => miniflare.setOptions({ ...(await configured('later')), port: Number(url.port) }),
    close: () => miniflare.dispose(),
  }
}

/** The shop as it is bundled for Workers: one module that needs nothing of Node. */
const workerBundle = async (version: string, options: object): Promise<string> => {
  const contents = `
    import { serve } from 'millrace/workers'
    import { handlers } from './shop.ts'
    export default serve(handlers.${version}, ${JSON.stringify(options)})`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['source', 'workerd', 'worker'],
    write: false,
  })
  return outputFiles[0]!.text
}
