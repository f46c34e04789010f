import type { ObjectStore } from './object-store.ts'

/** Where files lie that are written once and have one writer: a bucket, or a plain directory. */
export type FileStore = Pick<ObjectStore, 'get' | 'put' | 'putIfAbsent' | 'list' | 'delete' | 'close'>
