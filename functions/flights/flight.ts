import { z } from 'zod'

/** A flight that has left, as the topic `flights` has it: JSON, keyed by its origin. */
export const Flight = z.object({
  /** Of departure, in the airport's own time: `2001-01-31T23:59`. */
  date: z.string(),
  /** Of arrival, in minutes; negative when early. */
  delay: z.int(),
  /** In miles. */
  distance: z.int(),
  origin: z.string().min(1),
  destination: z.string().min(1),
})

export type Flight = z.infer<typeof Flight>
