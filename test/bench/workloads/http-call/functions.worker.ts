import { serve } from 'millrace'
import { accountHandlers } from './actor.ts'

export default serve([accountHandlers])
