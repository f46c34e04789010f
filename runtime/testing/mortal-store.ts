import type { ListedObject, ObjectStore } from '../ports/object-store.ts'
import type { Lifeline } from './lifeline.ts'

/** A bucket as one life of a coordinator reaches it. */
export const mortalStore = (store: ObjectStore, life: Lifeline): ObjectStore => ({
  get: (key) => life.during(() => store.get(key)),
  putIfAbsent: (key, bytes) => life.deed(() => store.putIfAbsent(key, bytes)),
  putIfMatch: (key, bytes, etag) => life.deed(() => store.putIfMatch(key, bytes, etag)),
  put: (key, bytes) => life.deed(() => store.put(key, bytes)),
  list: (prefix) => list(store, prefix, life),
  delete: (keys) => life.deed(() => store.delete(keys)),
  close: () => Promise.resolve(),
})

async function* list(store: ObjectStore, prefix: string, life: Lifeline): AsyncGenerator<ListedObject> {
  const listed = store.list(prefix)[Symbol.asyncIterator]()
  for (;;) {
    const next = await life.during(() => listed.next())
    if (next.done) return
    yield next.value
  }
}
