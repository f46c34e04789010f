/** One line of a scrape. */
export interface MetricSample {
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

/** The samples of each name, as Prometheus' text format has them. */
export type MetricSamples = ReadonlyMap<string, readonly MetricSample[]>

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([^]*)\})? (\S+)/
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[^])*)"/g
const escapes = new Map([
  ['\\\\', '\\'],
  ['\\"', '"'],
  ['\\n', '\n'],
])

/** Reads what `Telemetry.scrape` wrote, so that a page shows the same numbers as Prometheus. */
export const parseMetrics = (text: string): MetricSamples => {
  const samples = new Map<string, MetricSample[]>()
  for (const each of text.split('\n')) {
    if (each.startsWith('#')) {
      // One with labels has no samples until it has counted something, and yet it is known: nothing was counted.
      const declared = each.startsWith('# TYPE ') ? each.split(' ')[2] : undefined
      if (declared !== undefined && !samples.has(declared)) samples.set(declared, [])
      continue
    }
    const match = line.exec(each)
    if (!match) continue
    const [, name = '', inBraces = '', value = ''] = match
    const labels = new Map<string, string>()
    for (const [, key = '', escaped = ''] of inBraces.matchAll(label))
      labels.set(
        key,
        escaped.replace(/\\[\\"n]/g, (pair) => escapes.get(pair) ?? pair),
      )
    const known = samples.get(name)
    const sample = { labels, value: value === '+Inf' ? Infinity : Number(value) }
    if (known) known.push(sample)
    else samples.set(name, [sample])
  }
  return samples
}

/** The sum over all samples of a name whose labels are as given; undefined where there is no such name. */
export const sumOf = (
  samples: MetricSamples,
  name: string,
  where: Readonly<Record<string, string>> = {},
): number | undefined => {
  const wanted = Object.entries(where)
  return samples
    .get(name)
    ?.filter(({ labels }) => wanted.every(([key, value]) => labels.get(key) === value))
    .reduce((sum, { value }) => sum + value, 0)
}
