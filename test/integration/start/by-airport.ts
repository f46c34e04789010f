/** What belongs to each airport, in the order given. */
export const byAirport = <T extends { readonly airport: string }>(items: readonly T[]): Record<string, T[]> => {
  const groups: Record<string, T[]> = {}
  for (const item of items) (groups[item.airport] ??= []).push(item)
  return groups
}
