// `node --conditions=source test/bench/stages/main.ts SCALE [STAGE,…]`
import { tableOf } from '../row.ts'
import { isStageName, stageNames, stages } from './stages.ts'

const [scale = '1', names = stageNames.join()] = process.argv.slice(2)
console.log(tableOf(await stages(names.split(',').filter(isStageName), Number(scale), { allocations: true })))
