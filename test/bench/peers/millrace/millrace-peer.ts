import { createBucket } from '../../../../infra/local/minio.ts'
import type { RealParts } from '../../../../infra/local/parts.ts'
import { childNamed } from '../../parts/process-usage.ts'
import { startCoordinatorProcess, type CoordinatorChild } from '../../parts/processes.ts'
import { serveFunctions } from '../../parts/serve-functions.ts'
import { depositPath } from '../../workloads/http-call/calls-by.ts'
import type { Peer, PeerParts } from '../peer.ts'

interface Started {
  readonly coordinator: CoordinatorChild
  stop(): Promise<void>
}

/** Millrace with the very applications of its own workloads, their functions in workerd, their state in MinIO. */
export const millracePeer = ({ s3: { endpoint, accessKey, secretKey } }: RealParts): Peer => {
  const started = async (workload: string, { name, brokers }: PeerParts): Promise<Started> => {
    const at = (file: string): URL => new URL(`../../workloads/${workload}/${file}`, import.meta.url)
    const s3 = { endpoint, accessKey, secretKey }
    await createBucket(s3, name)
    const functions = await serveFunctions(at('functions.worker.ts'))
    const parts = { name, brokers, s3, bucket: name, handlerUrl: functions.url }
    const coordinator = await startCoordinatorProcess(at('coordinator.ts'), parts)
    return {
      coordinator,
      stop: async () => {
        await coordinator.stop()
        await functions.close()
      },
    }
  }
  return {
    name: 'millrace',
    cases: ['drain-10k', 'latency-1k', 'http-call'],
    drainEvents: 2_000_000,
    egress: 'exactly-once',
    startCalls: async (parts) => {
      const { coordinator, stop } = await started('http-call', parts)
      return { url: coordinator.url, path: depositPath, stop }
    },
    start: async (parts) => {
      const { coordinator, stop } = await started('keyed-counter', parts)
      const openedMs = Date.now()
      const pids = [coordinator.process.pid, await childNamed('workerd', process.pid)]
      return { openedMs, pids: pids.filter((pid) => pid !== undefined), logFile: undefined, stop }
    },
  }
}
