// The house (docs/architecture.md): quant imports nothing but quant; platform knows no feature; a feature uses those above
// it, through their service.ts and model.ts; app.ts, main.ts and cli.ts put it all together.
const FEATURES = [
  'accounts',
  'instruments',
  'pricing',
  'market',
  'portfolios',
  'ledger',
  'risk',
  'collateral',
  'forecasting',
  'hedging',
  'simulation',
  'execution',
  'monitors',
  'webhooks',
];
const anyOf = (names) => `^src/(${names.join('|')})/`;

const upwardsOnly = FEATURES.slice(0, -1).map((feature, i) => ({
  name: `${feature}-uses-only-features-above-it`,
  severity: 'error',
  from: { path: `^src/${feature}/` },
  to: { path: anyOf(FEATURES.slice(i + 1)) },
}));

module.exports = {
  forbidden: [
    ...upwardsOnly,
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'quant-imports-only-quant',
      severity: 'error',
      from: { path: '^src/quant/' },
      to: { pathNot: '^src/quant/' },
    },
    {
      name: 'platform-knows-no-feature',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/', pathNot: '^src/platform/' },
    },
    {
      name: 'features-meet-at-service-and-model',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: '^src/(quant|platform)/' },
      to: { path: anyOf(FEATURES), pathNot: ['^src/$1/', '/\\w*([sS]ervice|[mM]odel)\\.ts$'] },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      // quant is a library: what it offers and tests need not be used by a feature yet.
      from: { orphan: true, path: '^src/', pathNot: ['^src/quant/', 'src/pricing/worker.ts'] },
      to: {},
    },
    { name: 'no-dev-dependencies', severity: 'error', from: { path: '^src/' }, to: { dependencyTypes: ['npm-dev'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/(quant/kernel|platform/jsonNumbers)/assembly/' }, // another language: AssemblyScript
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
