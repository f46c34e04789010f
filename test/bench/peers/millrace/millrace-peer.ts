import { createBucket } from '../../../../infra/local/minio.ts'
import type { RealParts } from '../../../../infra/local/parts.ts'
import { startCoordinatorProcess } from '../../parts/processes.ts'
import { serveFunctions } from '../../parts/serve-functions.ts'
import type { Peer } from '../peer.ts'

/** Millrace with the very application of the workload keyed-counter, its function in workerd, its state in MinIO. */
export const millracePeer = ({ s3: { endpoint, accessKey, secretKey } }: RealParts): Peer => ({
  name: 'millrace',
  cases: ['drain-10k', 'latency-1k'],
  drainEvents: 2_000_000,
  egress: 'exactly-once',
  start: async ({ name, brokers }) => {
    const s3 = { endpoint, accessKey, secretKey }
    await createBucket(s3, name)
    const workload = '../../workloads/keyed-counter/'
    const functions = await serveFunctions(new URL(`${workload}functions.worker.ts`, import.meta.url))
    const parts = { name, brokers, s3, bucket: name, handlerUrl: functions.url }
    const coordinator = await startCoordinatorProcess(new URL(`${workload}coordinator.ts`, import.meta.url), parts)
    return {
      openedMs: Date.now(),
      pid: coordinator.process.pid,
      logFile: undefined,
      stop: async () => {
        await coordinator.stop()
        await functions.close()
      },
    }
  },
})
