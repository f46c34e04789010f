import type { MetricSamples } from './metrics-text.ts'

/** By upper bound, how many observations lie at or below it. */
type Buckets = ReadonlyMap<number, number>

const bucketsOf = (samples: MetricSamples, name: string, where: Readonly<Record<string, string>>): Buckets => {
  const buckets = new Map<number, number>()
  for (const { labels, value } of samples.get(`${name}_bucket`) ?? []) {
    if (Object.entries(where).some(([key, wanted]) => labels.get(key) !== wanted)) continue
    const text = labels.get('le')
    const bound = text === '+Inf' ? Infinity : Number(text)
    buckets.set(bound, (buckets.get(bound) ?? 0) + value)
  }
  return buckets
}

/**
 * Quantiles of what a histogram observed between two scrapes, straight within a bucket as Prometheus' histogram_quantile;
 * what lies beyond the last bound is answered as that bound. Undefined when nothing was observed.
 */
export const quantilesBetween = (
  before: MetricSamples | undefined,
  after: MetricSamples,
  name: string,
  quantiles: readonly number[],
  where: Readonly<Record<string, string>> = {},
): readonly (number | undefined)[] => {
  const earlier = before && bucketsOf(before, name, where)
  const counts = [...bucketsOf(after, name, where)]
    .map(([bound, count]) => ({ bound, count: count - (earlier?.get(bound) ?? 0) }))
    .sort((a, b) => a.bound - b.bound)
  const total = counts.at(-1)?.count ?? 0
  if (total <= 0) return quantiles.map(() => undefined)
  return quantiles.map((quantile) => {
    const rank = quantile * total
    let lower = { bound: 0, count: 0 }
    for (const bucket of counts) {
      if (bucket.count >= rank) {
        if (bucket.bound === Infinity) return lower.bound
        const within = bucket.count - lower.count
        return lower.bound + (bucket.bound - lower.bound) * (within === 0 ? 1 : (rank - lower.count) / within)
      }
      lower = bucket
    }
    return lower.bound
  })
}
