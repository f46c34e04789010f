import { getHeapStatistics, GCProfiler } from 'node:v8'
import { median } from './cpu.ts'
import type { Units } from './stage.ts'

const unitsMeasured = 9

/**
 * Bytes an event that were asked for, on the heap and in buffers, those included that were collected meanwhile: the median of several
 * units.
 */
export const allocatedBy = async (units: Units): Promise<number> => {
  const found: number[] = []
  for (let i = 0; i < unitsMeasured; i++) {
    const unit = units()
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
