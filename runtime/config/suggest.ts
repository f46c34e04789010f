const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}

/** The known name that `name` was probably meant to be: the nearest within a third of its letters, or none. */
export const closest = (name: string, known: Iterable<string>): string | undefined => {
  const wanted = name.slice(0, 100).toLowerCase()
  let best: string | undefined
  let bound = Math.max(2, Math.floor(wanted.length / 3)) + 1
  for (const candidate of known) {
    const away = distance(wanted, candidate.toLowerCase())
    if (away < bound) {
      best = candidate
      bound = away
    }
  }
  return best
}
