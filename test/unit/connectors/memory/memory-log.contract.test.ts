import { memoryLog } from '../../../../runtime/connectors/memory/memory-log.ts'
import { systemClock } from '../../../../runtime/platform/system-clock.ts'
import { transactionalLogContract } from '../../../contract/transactional-log.ts'

transactionalLogContract('memory', async () => {
  const log = memoryLog(systemClock)
  return {
    log,
    feed: async (topic, partition, records) => void log.appendBatch(topic, partition, records),
    dispose: () => log.close(),
  }
})
