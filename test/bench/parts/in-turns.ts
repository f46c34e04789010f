/**
 * Measures two things twice each, in the order second, first, first, second: what gets faster or slower while the bench
 * runs favours neither.
 */
export const inTurns = async <What, Figure>(
  [first, second]: readonly [What, What],
  measure: (what: What) => Promise<Figure>,
): Promise<[first: Figure[], second: Figure[]]> => {
  const before = await measure(second)
  const measured = [await measure(first), await measure(first)]
  return [measured, [before, await measure(second)]]
}
