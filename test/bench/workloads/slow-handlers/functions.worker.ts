import { serve } from 'millrace'
import { lookupHandlers } from './actor.ts'

export default serve([lookupHandlers])
