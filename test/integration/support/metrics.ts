/** What a coordinator counts, by name, its labels added up; undefined while it does not answer. */
export const metricsOf = async (url: string): Promise<ReadonlyMap<string, number> | undefined> => {
  let text
  try {
    const answer = await fetch(new URL('/metrics', url), { signal: AbortSignal.timeout(5_000) })
    text = await answer.text()
  } catch {
    return undefined
  }
  const sums = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, name, value] = /^([a-z_]+)(?:\{.*\})? (\S+)$/.exec(line) ?? []
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + Number(value))
  }
  return sums
}
