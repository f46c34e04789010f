import { serve } from 'millrace/workers'
import { accountHandlers } from './account.ts'
import { airportHandlers } from './flights/airport.ts'
import { connectionHandlers } from './flights/connection.ts'

// What a Worker serves: `millrace dev` runs it in workerd, `wrangler deploy` at the edge.
export default serve([accountHandlers, airportHandlers, connectionHandlers])
