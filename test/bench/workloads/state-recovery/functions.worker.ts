import { serve } from 'millrace'
import { profileHandlers } from './actor.ts'

export default serve([profileHandlers])
