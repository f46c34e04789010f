import type { Command } from './command.ts'
import { config } from './commands/config.ts'
import { dev } from './commands/dev.ts'
import { functions } from './commands/functions.ts'
import { keys } from './commands/keys.ts'
import { call, send } from './commands/message.ts'
import { operatorCommands } from './operator-commands.ts'
import { savepoint } from './commands/savepoint.ts'
import { start } from './commands/start.ts'
import { stateCheck } from './commands/state-check.ts'
import { state } from './commands/state.ts'

/** The first of those whose names begin alike is the one that is run; it knows the others. */
export const commands: readonly Command[] = [
  start,
  dev,
  config,
  send,
  call,
  state,
  stateCheck,
  functions,
  ...operatorCommands,
  savepoint,
  keys,
]
