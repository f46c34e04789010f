import { readAhead } from '../../../../runtime/log/read-ahead.ts'
import type { ObjectStore } from '../../../../runtime/ports/object-store.ts'

/** The raw limit of a recovery: reads every object there is, and does nothing with it. */
export const readingSeconds = async (store: ObjectStore): Promise<number> => {
  const objects: { key: string; bytes: number }[] = []
  for await (const { key, size } of store.list('')) objects.push({ key, bytes: size })
  const startedMs = performance.now()
  let bytes = 0
  for await (const object of readAhead(objects, ({ key }) => store.get(key))) bytes += object?.bytes.length ?? 0
  if (bytes === 0) throw new Error('there is nothing to recover')
  return (performance.now() - startedMs) / 1_000
}
