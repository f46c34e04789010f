import type { FlowRun } from '../exactly-once/judged-flow.ts'
import type { TroubledParts } from '../faults/troubled-parts.ts'
import type { Watch } from './watch.ts'

export interface SoakEnd {
  readonly run: FlowRun
  readonly parts: TroubledParts
  readonly watch: Watch
  readonly happened: readonly (readonly [string, number])[]
  readonly tookMs: number
}

/** What a soak was, in lines of a table for docs/reliability.md. Only a run that the judge has passed gets here. */
export const figures = ({ run, parts, watch, happened, tookMs }: SoakEnd): string[] => {
  const { flow, senders, coordinators } = run
  const { sent, acknowledged, answers } = senders
  const keyed = sent.filter((one) => one.keyed).length
  const { store } = parts.troubles
  const sum = (counts: Iterable<number>): number => [...counts].reduce((all, count) => all + count, 0)
  const rows: (readonly [string, string | number])[] = [
    ['minutes', (tookMs / 60_000).toFixed(1)],
    ['events', flow.events.length],
    ['messages over HTTP', `${sent.length}, ${keyed} of them with a key`],
    ['acknowledged', acknowledged],
    [
      'requests over HTTP by status (0: no answer)',
      [...answers].map(([status, count]) => `${status}: ${count}`).join(', '),
    ],
    ['duplicates, losses, out of order', '0, 0, 0'],
    ['coordinators that took over', coordinators.takeOvers],
    ['kills', coordinators.kills],
    ['exits with code 3', coordinators.fenced],
    ['starts that found the store or Kafka away', coordinators.failedStarts],
    ['requests to the store, failed on purpose', `${store.requests}, ${sum(store.happened.values())}`],
    ['requests to handlers, failed on purpose', `${parts.proxy.requests}, ${sum(parts.proxy.happened.values())}`],
    ['longest time without a window', `${(watch.stillMsMax / 1_000).toFixed(1)} s`],
    ['most memory of a coordinator', `${Math.round(watch.memoryMax / (1 << 20))} MiB`],
    ...happened,
  ]
  return ['| | |', '| --- | --- |', ...rows.map(([what, value]) => `| ${what} | ${value} |`)]
}
