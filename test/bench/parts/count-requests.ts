import { ResultReader } from '../../../runtime/protocol/result-reader.ts'
import type { FunctionClient } from '../../../runtime/ports/function-client.ts'
import type { ObjectStore } from '../../../runtime/ports/object-store.ts'
import type { RequestCounts } from './request-counts.ts'

/** Keys that a store answers in one request for a list. */
const pageKeys = 1_000

/** Counts what goes through the ports of one coordinator. */
export class RequestCounter {
  private readonly store = { reads: 0, writes: 0, lists: 0, deletes: 0 }
  private readonly kafka: Record<string, number> = {}
  private readonly functions = { requests: 0, durationMs: 0, requestBytes: 0, answerBytes: 0, incomplete: 0 }

  get counts(): RequestCounts {
    return { store: this.store, kafka: this.kafka, functions: this.functions }
  }

  readonly onKafkaRequest = (api: string): void => {
    this.kafka[api] = (this.kafka[api] ?? 0) + 1
  }

  countedStore(store: ObjectStore): ObjectStore {
    const counts = this.store
    const listed = async function* (prefix: string): ReturnType<ObjectStore['list']> {
      let keys = 0
      counts.lists++
      for await (const object of store.list(prefix)) {
        if (++keys % pageKeys === 1 && keys > 1) counts.lists++
        yield object
      }
    }
    const writing = <T>(written: Promise<T>): Promise<T> => {
      counts.writes++
      return written
    }
    return {
      get: (key) => {
        counts.reads++
        return store.get(key)
      },
      putIfAbsent: (key, bytes) => writing(store.putIfAbsent(key, bytes)),
      putIfMatch: (key, bytes, etag) => writing(store.putIfMatch(key, bytes, etag)),
      put: (key, bytes) => writing(store.put(key, bytes)),
      list: listed,
      delete: (keys) => {
        counts.deletes += Math.ceil(keys.length / pageKeys)
        return store.delete(keys)
      },
      close: () => store.close(),
    }
  }

  countedClient(client: FunctionClient): FunctionClient {
    const counts = this.functions
    return {
      discover: () => client.discover(),
      invoke: async (request, onBytes, options) => {
        const startedMs = performance.now()
        counts.requests++
        counts.requestBytes += request.length
        const reader = new ResultReader()
        const counted = (bytes: Uint8Array): void => {
          counts.answerBytes += bytes.length
          reader.push(bytes, ({ incomplete }) => (counts.incomplete += incomplete ? 1 : 0))
          onBytes(bytes)
        }
        try {
          return await client.invoke(request, counted, options)
        } finally {
          counts.durationMs += performance.now() - startedMs
        }
      },
      close: () => client.close(),
    }
  }
}
