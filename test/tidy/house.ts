/** The numbers and the exemptions of the house rules: the one place to change them. */
export const house = {
  fileLinesMax: 400,
  functionLinesMax: 70,
  ownImportsMax: 12,

  /** Folders whose TypeScript keeps the rules. */
  folders: ['runtime', 'functions', 'infra', 'test'],

  /** Pure tables of data that may be longer than `fileLinesMax`. */
  dataTables: ['test/sim/mutations/list.ts'] as readonly string[],

  /** Where an `index.ts`, or a file of nothing but re-exports, may stand. */
  publicEntries: [
    'runtime/sdk/index.ts',
    'runtime/config/index.ts',
    'runtime/client/index.ts',
    'runtime/testing/index.ts',
    'functions/index.ts',
  ],

  /** Files that put parts together and do nothing else: they import whatever there is to put together. */
  compositionRoots: [
    'runtime/coordinator/assemble.ts',
    'test/bench/workloads.ts',
    'runtime/coordinator/start.ts',
    'test/sim/world/world.ts',
  ] as readonly string[],

  /** Files of runtime/ that start by themselves, beside the exports and the bin of package.json. */
  startedByName: ['runtime/connectors/embedded/embedded-worker.ts'] as readonly string[],
}
