/** Something that an application has more or less of, and where it is measured. */
export interface Dimension {
  readonly name: string
  /** In the titles of plots. */
  readonly title: string
  /** On their axis. */
  readonly axis: string
  readonly points: readonly Point[]
  /** A smaller scale has less of it, as it has fewer events. */
  readonly scales?: boolean
}

export interface Point {
  /** The case that measures it. */
  readonly case: string
  readonly x: number
  readonly events: number
}

/** Bytes of all events of one case, so that large ones fit the disk. */
const bytesMax = 1_000_000_000

/** Each key comes at least once. */
const eventsOfKeys = (keys: number): number => Math.max(1_000_000, keys)
const eventsOf = (bytes: number): number => Math.min(1_000_000, bytesMax / bytes)

/** What `scaling` measures at scale 1. */
export const dimensions = {
  keys: {
    name: 'keys',
    title: 'number of keys',
    axis: 'keys',
    scales: true,
    points: [
      { case: 'keys-10k', x: 10_000, events: eventsOfKeys(10_000) },
      { case: 'keys-100k', x: 100_000, events: eventsOfKeys(100_000) },
      { case: 'keys-1m', x: 1_000_000, events: eventsOfKeys(1_000_000) },
      { case: 'keys-10m', x: 10_000_000, events: eventsOfKeys(10_000_000) },
    ],
  },
  functions: {
    name: 'functions',
    title: 'number of functions',
    axis: 'function types',
    points: [1, 10, 100, 1_000].map((x) => ({ case: `functions-${x}`, x, events: 500_000 })),
  },
  partitions: {
    name: 'partitions',
    title: 'number of partitions',
    axis: 'partitions of the topics that are read and written',
    points: [1, 16, 64, 256].map((x) => ({ case: `partitions-${x}`, x, events: 1_000_000 })),
  },
  records: {
    name: 'records',
    title: 'size of records',
    axis: 'bytes of a record that is read',
    points: [
      { case: 'records-100b', x: 100, events: eventsOf(100) },
      { case: 'records-1k', x: 1_000, events: eventsOf(1_000) },
      { case: 'records-10k', x: 10_000, events: eventsOf(10_000) },
      { case: 'records-100k', x: 100_000, events: eventsOf(100_000) },
    ],
  },
} satisfies Record<string, Dimension>
