import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedLog } from '../../../../runtime/connectors/embedded/embedded-log.ts'
import { systemClock } from '../../../../runtime/platform/system-clock.ts'
import { valueOf } from '../../../contract/log-harness.ts'
import { transactionalLogContract } from '../../../contract/transactional-log.ts'

transactionalLogContract('embedded', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-log-'))
  const log = await openEmbeddedLog({ file: join(directory, 'log.sqlite'), clock: systemClock })
  return {
    log,
    feed: async (topic, partition, records) => void valueOf(await log.append(topic, partition, records)),
    dispose: async () => {
      await log.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
})
