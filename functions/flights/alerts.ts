import { egress } from 'millrace'
import { z } from 'zod'

/** An airport has begun to run late, or is on time again. */
export const Alert = z.object({
  airport: z.string(),
  /** The date of the flight that made it so. */
  date: z.string(),
  state: z.enum(['late', 'recovered']),
  /** Of the last flights, in minutes. */
  meanDelay: z.number(),
  /** The number of that flight among all that left here. */
  departure: z.int(),
})

export type Alert = z.infer<typeof Alert>

export const alerts = egress('alerts', Alert)
