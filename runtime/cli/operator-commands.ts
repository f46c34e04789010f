import type { Command } from './command.ts'
import { deadLetters } from './commands/dead-letters.ts'
import { egress } from './commands/egress.ts'
import { parked } from './commands/parked.ts'
import { pause, resume } from './commands/pause.ts'

/** Those by which operators deal with what has failed or must wait. */
export const operatorCommands: readonly Command[] = [parked, pause, resume, deadLetters, egress]
