import { pause } from '../../parts/pause.ts'
import { residentMib } from '../../parts/process-usage.ts'
import type { Child } from '../../parts/processes.ts'

/** Resident MiB of a process now and a while later, whichever is more: as it is, without a garbage collection of ours. */
export const memoryOf = async ({ process: { pid = 0 } }: Child): Promise<number> => {
  const first = await residentMib(pid)
  await pause(5_000)
  return Math.max(first, await residentMib(pid))
}
