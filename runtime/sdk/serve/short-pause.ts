/** Enough for what has ended at the same time to come in, and little beside what a handler that waits takes anyway. */
const pauseMs = 5

/** Handlers run on other people's platforms, outside the simulator; no clock port reaches them. */
export const shortPause = (): Promise<void> =>
  // eslint-disable-next-line no-restricted-globals -- see above
  new Promise((resolve) => setTimeout(resolve, pauseMs))
