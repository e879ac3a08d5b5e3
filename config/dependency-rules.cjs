// The arrows of docs/architecture.md as rules: which room of src/ may import which. `npm run check:rooms` runs them;
// test/integration/rooms.test.ts plants a violation and expects a failure, since a cruiser that reads nothing also reports success.
const mayImport = {
  domain: [],
  space: ['domain'],
  optimizer: ['domain', 'space'],
  store: ['domain'],
  service: ['domain', 'space', 'store'],
  queue: ['domain', 'service'],
  wandb: ['domain', 'service', 'store/views'],
  http: ['domain', 'service', 'store/views'],
  agent: ['domain'],
  cli: ['runtime', 'agent', 'domain'],
  runtime: ['domain', 'space', 'optimizer', 'store', 'service', 'queue', 'wandb', 'http'],
  web: [],
};

const rooms = Object.entries(mayImport).map(([room, others]) => ({
  name: `${room}-imports`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^(src|workers)/', pathNot: `^src/(${[room, ...others].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...rooms,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-rooms-have-no-io',
      severity: 'error',
      from: { path: '^src/(domain|space|optimizer)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core', 'npm'], pathNot: 'node_modules/(zod|yaml|ml-matrix)/' },
    },
    {
      name: 'optimizer-thread-is-pure',
      severity: 'error',
      from: { path: '^workers/.*\\.thread\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(domain|space|optimizer)/' },
    },
  ],
  options: { parser: 'swc', tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' } },
};
