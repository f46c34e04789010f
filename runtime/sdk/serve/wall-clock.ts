/** Handlers run on other people's platforms, outside the simulator, and need the time only to refuse old signatures. */
// eslint-disable-next-line no-restricted-syntax -- no clock port reaches a handler
export const wallClock = (): number => Date.now()
