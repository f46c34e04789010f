import { setFlagsFromString } from 'node:v8'

/**
 * Has V8 make every object young, to be called before a coordinator starts.
 *
 * V8 watches how many of the objects and lists that a line of code makes outlive a collection, and once most do it puts them
 * straight among the old. Those of a coordinator do while there is a backlog: they are in flight for some collections and
 * then done with. Dead among the old, they still keep alive whatever young they refer to (a list of results all of its
 * results), which is copied, gets old itself, and waits for the next full collection: see docs/performance.md.
 */
export const keepObjectsYoung = (): void => setFlagsFromString('--no-allocation-site-pretenuring')

/** V8's own: by which it multiplies what it has for young objects when many of them outlive a collection. */
const v8Growth = 2

/**
 * Starts something with the memory for young objects that there is, and lets V8 take more of it from then on. All that is made
 * while a coordinator starts lives on, so V8 would take 64 MB, though what is read is bytes and few objects, and would not
 * give them back to one who is idle afterwards.
 */
export const startedSmall = async <Started>(start: () => Promise<Started>): Promise<Started> => {
  setFlagsFromString('--semi-space-growth-factor=1')
  try {
    return await start()
  } finally {
    setFlagsFromString(`--semi-space-growth-factor=${v8Growth}`)
  }
}
