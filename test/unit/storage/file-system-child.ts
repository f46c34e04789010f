// Run by file-system.test.ts as another process that uses the same directory.
import { join } from 'node:path'
import { utf8Decode, utf8Encode } from '../../../runtime/model/bytes.ts'
import { FileLock } from '../../../runtime/storage/file-lock.ts'
import { fileSystemStore } from '../../../runtime/storage/file-system.ts'

const [what, directory = '', count] = process.argv.slice(2)
if (what === 'increment') {
  const store = fileSystemStore({ directory })
  for (let done = 0; done < Number(count);) {
    const { bytes, etag } = (await store.get('counter'))!
    const outcome = await store.putIfMatch('counter', utf8Encode(String(Number(utf8Decode(bytes)) + 1)), etag)
    if (outcome.kind === 'ok') done++
  }
  await store.close()
  process.disconnect()
} else {
  const lock = await FileLock.open(join(directory, 'lock'))
  lock.within(() => {
    process.send?.('held')
    // The message goes out while the thread is busy: it is written at once.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
  })
}
