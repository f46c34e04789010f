import { getHeapStatistics, GCProfiler } from 'node:v8'
import { median } from './cpu.ts'
import type { Unit, Units } from './stage.ts'

const unitsMeasured = 15

/** Bytes an event that were asked for, on the heap and in buffers, those included that were collected meanwhile. */
export const allocatedBy = async (units: Units): Promise<number> => {
  const heap: number[] = []
  const buffers: number[] = []
  for (let i = 0; i < unitsMeasured; i++) {
    const unit = units()
    const bytes = await allocatedIn(unit)
    heap.push(bytes.heap / unit.events)
    buffers.push(bytes.buffers / unit.events)
  }
  // Buffers are given back some time after a collection and then hide what was asked for, so the most is what is true.
  // To collect all garbage before would cost optimised code, and with it the figures of the heap.
  return median(heap) + Math.max(0, ...buffers)
}

const allocatedIn = async (unit: Unit): Promise<{ heap: number; buffers: number }> => {
  const profiler = new GCProfiler()
  profiler.start()
  const start = getHeapStatistics()
  const running = unit.run()
  if (running) await running
  const end = getHeapStatistics()
  let heap = end.used_heap_size - start.used_heap_size
  let buffers = end.external_memory - start.external_memory
  for (const { beforeGC, afterGC } of profiler.stop()?.statistics ?? []) {
    heap += beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize
    buffers += beforeGC.heapStatistics.externalMemory - afterGC.heapStatistics.externalMemory
  }
  return { heap, buffers }
}
