/** A whole number of things, at this share of the work. */
export const scaled = (count: number, scale: number): number => Math.round(count * scale)
