import { serve } from 'millrace'
import { counterHandlers } from '../keyed-counter/actor.ts'
import { handlers } from './actors.ts'

export default serve([counterHandlers, ...handlers])
