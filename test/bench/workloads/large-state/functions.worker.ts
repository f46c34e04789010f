import { serve } from 'millrace'
import { catalogueHandlers } from './actor.ts'

export default serve([catalogueHandlers])
