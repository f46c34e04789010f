import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Client } from 'undici'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { s3Store } from '../../../runtime/storage/s3.ts'
import { CounterFlow } from './counter-flow.ts'
import { eachBatchAwaited } from './flow-stage.ts'
import type { Stage } from './stage.ts'

/** One conditional PUT of a window to a store that costs nothing; the limit is a bare PUT of the same bytes by undici. */
export const put: Stage = async (batchSize) => {
  const { batches, windows } = await CounterFlow.open(batchSize)
  const server = spawn(process.execPath, [fileURLToPath(new URL('swallow.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [said]: Buffer[] = await once(server.stdout, 'data')
  const url = `http://127.0.0.1:${said!.toString().trim()}`
  const credentials = { accessKeyId: 'stages', secretAccessKey: 'stages-secret' }
  const at = { endpoint: url, region: 'us-east-1', bucket: 'stages', prefix: '', credentials, pathStyle: true }
  const store = s3Store({ ...at, requestTimeoutMs: 10_000 }, systemClock)
  const bare = new Client(url)
  const key = '0123456789abcdef/log/fedcba9876543210/0000000001'
  return {
    work: eachBatchAwaited({ batches, batchSize }, async (batch) => {
      const { kind } = await store.putIfAbsent(key, windows[batch]!)
      if (kind !== 'ok') throw new Error(`the PUT ended as ${kind}`)
    }),
    limit: eachBatchAwaited({ batches, batchSize }, async (batch) => {
      const { body } = await bare.request({ method: 'PUT', path: `/stages/${key}`, body: windows[batch]! })
      await body.dump()
    }),
    close: async () => {
      await bare.close()
      await store.close()
      server.stdin.end()
      await once(server, 'exit')
    },
  }
}
