// The named import and not the global: a test's fake timers replace globals, and would stop the coordinator.
import { setImmediate } from 'node:timers'

/** Resolves once every promise that can go on by itself has gone on. No time passes. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
