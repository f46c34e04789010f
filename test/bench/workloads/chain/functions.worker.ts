import { serve } from 'millrace'
import { chainHandlers } from './actors.ts'

export default serve(chainHandlers)
