/** The topics of every run. */
export const topics = { input: 'in', output: 'out', deadLetters: 'dead' } as const

export const outputPartitions = 2
