// The layering of docs/architecture.md. THINK BEFORE YOU ADD AN EDGE: an import that this file forbids usually means that
// a piece of code stands in the wrong folder.
const mayImport = {
  model: [],
  ports: ['model'],
  protocol: ['model'],
  sdk: ['model', 'protocol'],
  shard: ['model'],
  log: ['model', 'ports', 'shard'],
  coordinator: ['model', 'ports', 'protocol', 'shard', 'log'],
  connectors: ['model', 'ports'],
  storage: ['model', 'ports'],
  platform: ['model', 'ports'],
  config: ['model', 'protocol', 'sdk'],
  client: ['model', 'protocol', 'sdk'],
}
const layer = (from, to) => ({
  name: `layer-${from}`,
  comment: `runtime/${from} may import only: ${[from, ...to].join(', ')}`,
  severity: 'error',
  from: { path: `^runtime/${from}/` },
  to: { path: '^runtime/', pathNot: `^runtime/(${[from, ...to].join('|')})/` },
})
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(mayImport).map(([from, to]) => layer(from, to)),
    {
      name: 'third-party-clients',
      comment: 'clients of Kafka, S3, HTTP, metrics and logs, and Parquet, stand behind ports',
      severity: 'error',
      from: { path: '^runtime/', pathNot: '^runtime/(connectors|storage|platform|cli|testing)/' },
      to: { path: 'node_modules/(kafkajs|@aws-sdk|undici|pino|prom-client|miniflare|esbuild|hyparquet)' },
    },
    {
      name: 'sdk-is-neutral',
      comment: 'the root export runs on any platform: only the Node shell may import Node',
      severity: 'error',
      from: { path: '^runtime/(model|protocol|sdk|client|shard)/', pathNot: '^runtime/sdk/serve/node\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'functions-use-the-public-package',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^runtime/', pathNot: '^runtime/(sdk|config|client|testing)/(index\\.ts|serve/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['source', 'import', 'default'], exportsFields: ['exports'] },
  },
}
