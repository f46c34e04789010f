import { serve } from 'millrace'
import { counterHandlers } from './actor.ts'

export default serve([counterHandlers])
