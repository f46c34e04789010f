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
