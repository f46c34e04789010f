import { defineConfig } from 'vitest/config'

const project = (name: string, include: string[], more = {}) => ({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: { name, include, ...more },
})

export default defineConfig({
  test: {
    projects: [
      project('unit', ['test/unit/**/*.test.ts', 'functions/**/*.test.ts', 'test/sim/**/*.test.ts'], {
        testTimeout: 60_000,
      }),
      project('platforms', ['test/platforms/**/*.test.ts'], { testTimeout: 120_000, hookTimeout: 120_000 }),
      project('integration', ['test/integration/**/*.test.ts'], {
        testTimeout: 1_800_000,
        hookTimeout: 600_000,
        fileParallelism: false,
      }),
    ],
  },
})
