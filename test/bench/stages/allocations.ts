import { getHeapStatistics, GCProfiler, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { median } from './cpu.ts'
import type { Units } from './stage.ts'

const unitsMeasured = 9

setFlagsFromString('--expose-gc')
const collectGarbage: unknown = runInNewContext('gc')

/**
 * Bytes an event that were asked for, on the heap and in buffers, those included that were collected meanwhile: the median of several
 * units.
 */
export const allocatedBy = async (units: Units): Promise<number> => {
  const found: number[] = []
  for (let i = 0; i < unitsMeasured; i++) {
    const unit = units()
    // Buffers of earlier garbage that are given back meanwhile would count against this unit. They are given back after
    // a collection, by the next one at the latest.
    for (let times = 0; times < 2; times++) if (typeof collectGarbage === 'function') collectGarbage()
    const profiler = new GCProfiler()
    profiler.start()
    const start = getHeapStatistics()
    const running = unit.run()
    if (running) await running
    const end = getHeapStatistics()
    let from = start.used_heap_size + start.external_memory
    let bytes = 0
    for (const { beforeGC, afterGC } of profiler.stop()?.statistics ?? []) {
      bytes += beforeGC.heapStatistics.usedHeapSize + beforeGC.heapStatistics.externalMemory - from
      from = afterGC.heapStatistics.usedHeapSize + afterGC.heapStatistics.externalMemory
    }
    found.push((bytes + end.used_heap_size + end.external_memory - from) / unit.events)
  }
  return median(found)
}
