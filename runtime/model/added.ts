/**
 * Adds to a list that mostly stays at one item: an empty array that is pushed to takes room for seventeen.
 * @example effects = added(effects, effect)
 */
export const added = <T>(list: T[] | undefined, item: T): T[] => {
  if (list === undefined) return [item]
  list.push(item)
  return list
}
