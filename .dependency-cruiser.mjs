/** The house rule: a stage imports only stages before it (docs/architecture.md). */
const stages = ['capture', 'decode', 'flow', 'protocol', 'rpc', 'evidence', 'catalog', 'inventory', 'witness', 'analysis', 'rules', 'report', 'store', 'web', 'cli'];
const browserSafe = stages.slice(0, stages.indexOf('report') + 1);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    ...stages.flatMap((stage, i) => {
      const later = stages.slice(i + 1);
      return later.length === 0 ? [] : [{
        name: `${stage}-imports-only-earlier-stages`, severity: 'error',
        from: { path: `^src/${stage}/` }, to: { path: `^src/(${later.join('|')})/` },
      }];
    }),
    { name: 'documents-know-no-captures', severity: 'error', from: { path: '^src/(catalog|inventory)/' }, to: { path: '^src/(capture|decode|flow|protocol|rpc|evidence)/' } },
    { name: 'browser-safe', severity: 'error', from: { path: `^src/(${browserSafe.join('|')})/`, pathNot: '\\.node\\.ts$' }, to: { dependencyTypes: ['core'] } },
    { name: 'browser-safe-index', severity: 'error', from: { path: '^src/index\\.ts$' }, to: { path: '\\.node\\.ts$', reachable: true } },
    { name: 'not-to-dev-dep', severity: 'error', from: { path: '^src/', pathNot: '\\.node\\.ts$' }, to: { dependencyTypes: ['npm-dev'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
