/**
 * The rooms of the API, and the rooms that each may import. Everything may import config.ts; what lies beside it composes
 * the rooms.
 */
const rooms = {
  platform: [],
  jobs: ['platform'],
  datasets: ['jobs', 'platform'],
  registry: ['datasets', 'jobs', 'platform'],
  serving: ['registry', 'jobs', 'platform'],
  training: ['registry', 'datasets', 'jobs', 'platform'],
  comparison: ['registry', 'datasets', 'serving/engines', 'jobs', 'platform'],
};

const api = 'apps/api/src';

const roomRules = Object.entries(rooms).map(([room, others]) => ({
  name: `room-${room}`,
  comment: `${room} may import ${others.join(', ') || 'no other room'}`,
  severity: 'error',
  from: { path: `^${api}/${room}/` },
  to: {
    path: `^${api}/`,
    pathNot: [`^${api}/(${[room, ...others].join('|')})/`, `^${api}/config\\.ts$`],
  },
}));

/** Of serving, from a request to its answer: each layer imports only from those after it. */
const layers = ['http', 'routing', 'pool', 'batching', 'engines'];

const layerRules = layers.slice(1).map((layer, index) => ({
  name: `serving-${layer}`,
  severity: 'error',
  from: { path: `^${api}/serving/${layer}/` },
  to: { path: `^${api}/serving/(${layers.slice(0, index + 1).join('|')})/` },
}));

/** Within a package imports run one way, between its files and between its folders. ESLint holds the packages apart. */
export default {
  forbidden: [
    ...roomRules,
    ...layerRules,
    {
      name: 'no-cycle-of-files',
      severity: 'error',
      comment:
        'But a job definition loads the class that does its work, which knows the types of the definition.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } },
    },
    {
      name: 'no-cycle-of-folders',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/dist/', '/assembly/', '\\.(spec|fixture)\\.ts$', '/\\.next/'] },
    // Imports of types count too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: {
      conditionNames: ['@coatrack/source', 'import', 'require', 'node', 'default'],
    },
  },
};
