import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { objectStoreContract } from '../../contract/object-store.ts'

objectStoreContract('memory', async () => {
  const store = memoryStore(systemClock)
  return { store, tellsTime: true, dispose: () => store.close() }
})
