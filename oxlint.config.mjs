import { defineConfig } from 'oxlint';

/**
 * The packages that each package or app may import. Node's own modules are allowed too, except
 * where NODE_MODULES restricts them. No package imports itself through others.
 * `docs/architecture.md` describes the purpose of each package and app.
 */
const PACKAGES = {
  'packages/domain': [],
  'packages/contracts': ['@rat/domain', 'zod'],
  // Types only: nothing of another package reaches a browser.
  'packages/client': ['@rat/contracts'],
  'packages/timetable': ['croner', 'cronstrue'],
  'packages/runtime': ['zod', 'pino'],
  'packages/metrics': ['@rat/runtime', 'prom-client'],
  'packages/traces': ['@rat/runtime', '@opentelemetry/*', 'zod'],
  'packages/embedded-postgres': ['pg'],
  'packages/store': [
    '@rat/contracts',
    '@rat/domain',
    '@rat/runtime',
    '@prisma/*',
    '@prisma/*/**',
    'pg',
    'pg-copy-streams',
    'zod',
  ],
  'packages/queue': ['@rat/contracts', '@rat/runtime', 'bullmq', 'ioredis', 'pg'],
  'packages/hints': ['@rat/contracts', '@rat/runtime', 'ioredis', 'pg'],
  'packages/dispatch': [
    '@rat/domain',
    '@rat/hints',
    '@rat/queue',
    '@rat/runtime',
    '@rat/store',
    '@rat/timetable',
    'picomatch',
  ],
  'packages/pipelines': [
    '@rat/contracts',
    '@rat/contracts/children',
    '@rat/domain',
    'minijinja-js',
    'minijinja-js/**',
    'yaml',
    'zod',
  ],
  'packages/pipeline-folder': [
    '@rat/client',
    '@rat/contracts',
    '@rat/domain',
    '@rat/pipelines',
    'chokidar',
    'zod',
  ],
  'packages/storage': ['@rat/domain', '@rat/runtime'],
  'packages/iceberg': ['@rat/domain', '@rat/runtime', '@rat/storage', 'avsc'],
  'packages/engine': ['@rat/contracts', '@rat/domain', '@rat/iceberg'],
  'packages/engine-duckdb': [
    '@rat/contracts',
    '@rat/domain',
    '@rat/engine',
    '@rat/iceberg',
    '@rat/runtime',
    '@rat/storage',
    '@duckdb/node-api',
    '@duckdb/node-api/**',
  ],
  'packages/testing': [
    '@rat/client',
    '@rat/domain',
    '@rat/embedded-postgres',
    '@rat/runtime',
    '@rat/store',
    'ajv/**',
    'ajv-formats',
    'fast-check',
    'oidc-provider',
    'pg',
    'playwright-core',
  ],
  'packages/testing/src/conformance': [
    '@jest/globals',
    '@rat/contracts',
    '@rat/domain',
    '@rat/engine',
    '@rat/iceberg',
    '@rat/storage',
  ],
  'packages/chaos': [
    '@rat/client',
    '@rat/domain',
    '@rat/embedded-postgres',
    '@rat/engine-duckdb/table-sql',
    '@rat/iceberg',
    '@rat/queue',
    '@rat/runtime',
    '@rat/storage',
    '@rat/store',
    '@rat/testing',
    '@duckdb/node-api',
    'pg',
    'zod',
  ],
  'packages/bench': [
    '@rat/contracts',
    '@rat/dispatch',
    '@rat/domain',
    '@rat/hints',
    '@rat/iceberg',
    '@rat/queue',
    '@rat/runtime',
    '@rat/storage',
    '@rat/store',
    '@rat/testing',
    '@duckdb/node-api',
    'bullmq',
    'express',
    'ioredis',
    'pg',
  ],
  'packages/interop': [
    '@rat/domain',
    '@rat/engine-duckdb/table-sql',
    '@rat/iceberg',
    '@rat/runtime',
    '@rat/storage',
    '@rat/testing',
    'fast-check',
  ],
  'apps/api': [
    '@rat/contracts',
    '@rat/dispatch',
    '@rat/domain',
    '@rat/hints',
    '@rat/metrics',
    '@rat/pipelines',
    '@rat/queue',
    '@rat/runtime',
    '@rat/store',
    '@rat/timetable',
    '@rat/traces',
    '@bull-board/*',
    '@bull-board/*/**',
    '@fastify/busboy',
    'express',
    'ioredis',
    'rate-limiter-flexible',
    'openid-client',
    'compression',
    'sirv',
    'zod',
  ],
  'apps/runner': [
    '@rat/contracts',
    '@rat/contracts/children',
    '@rat/dispatch',
    '@rat/domain',
    '@rat/engine',
    '@rat/engine-duckdb',
    '@rat/engine-duckdb/table-sql',
    '@rat/hints',
    '@rat/iceberg',
    '@rat/metrics',
    '@rat/pipelines',
    '@rat/queue',
    '@rat/runtime',
    '@rat/storage',
    '@rat/store',
    '@rat/traces',
    'zod',
  ],
  // Of `@rat/contracts` types only: zod would weigh more than React.
  'apps/console': [
    '@rat/client',
    '@rat/contracts',
    '@rat/domain',
    '@base-ui/react',
    '@base-ui/react/**',
    '@codemirror/*',
    '@lezer/highlight',
    '@dagrejs/dagre',
    '@tanstack/*',
    '@xyflow/react',
    '@xyflow/react/**',
    'react',
    'react-dom',
    'react-dom/**',
  ],
  'apps/cli': [
    '@modelcontextprotocol/server',
    '@modelcontextprotocol/server/stdio',
    '@rat/client',
    '@rat/domain',
    '@rat/domain/words',
    '@rat/pipeline-folder',
    'commander',
    'zod',
  ],
  'apps/launcher': [
    '@rat/client',
    '@rat/contracts',
    '@rat/domain',
    '@rat/embedded-postgres',
    '@rat/engine-duckdb',
    '@rat/iceberg',
    '@rat/pipeline-folder',
    '@rat/pipelines',
    '@rat/queue',
    '@rat/runtime',
    '@rat/storage',
    '@rat/store',
    'zod',
  ],
};

/** Packages without I/O of their own, but DISK_FILES: of Node's modules they may import only these. */
const NODE_MODULES = {
  'apps/console': [],
  'packages/client': [],
  'packages/engine': [],
  'packages/storage': ['node:crypto', 'node:stream', 'node:zlib'],
  'packages/iceberg': ['node:crypto', 'node:util', 'node:zlib'],
};

/**
 * The files of `packages/storage` that know a disk. Every other file there stands on the port
 * `ObjectStore` and may import neither Node's file system nor these files.
 */
const DISK_FILES = ['local-*', 'sync-*', 'file-uri', 'pin-landing-files'];

/**
 * The sibling folders that each folder of the larger packages may import. `.` stands for the files
 * beside the folders. A folder that is missing here may import no sibling.
 */
const FOLDERS = {
  'packages/contracts': {
    'child-ipc': ['.', 'http', 'pipeline-files'],
    http: ['.', 'pipeline-files'],
    messages: ['.'],
    operations: ['.', 'http', 'pipeline-files'],
    'pipeline-files': ['.'],
    'runner-api': ['.', 'child-ipc', 'http'],
  },
  'packages/domain': { lineage: ['.'], 'merge-strategies': ['.'] },
  'packages/store': {
    db: ['generated'],
    audit: ['db'],
    automation: ['db', 'generated', 'schedules', 'triggers'],
    backup: ['db'],
    catalog: ['db'],
    doctor: ['db', 'runners'],
    landing: ['db', 'namespaces'],
    metrics: ['db', 'run-stream', 'runners'],
    openlineage: ['db', 'run-stream'],
    groups: ['db', 'generated', 'namespaces', 'runs'],
    lineage: ['db', 'run-lists'],
    namespaces: ['catalog', 'db', 'generated'],
    pipelines: ['catalog', 'db', 'namespaces', 'run-lists'],
    quality: ['db'],
    retention: ['db'],
    'run-lists': ['db', 'runs'],
    'run-stream': ['db'],
    runners: ['db'],
    schedules: ['db', 'generated', 'namespaces', 'pipelines', 'runs'],
    search: ['catalog', 'db', 'run-lists'],
    runs: [
      'catalog',
      'db',
      'generated',
      'landing',
      'namespaces',
      'pipelines',
      'quality',
      'run-stream',
      'runners',
    ],
    tables: ['catalog', 'db', 'namespaces', 'pipelines', 'runs'],
    tokens: ['db'],
    triggers: ['catalog', 'db', 'generated', 'pipelines', 'run-stream', 'runs', 'schedules'],
    views: ['db'],
  },
  'packages/iceberg': {
    format: [],
    schema: ['format'],
    commits: ['format', 'schema'],
    maintenance: ['commits', 'format'],
  },
  'packages/engine-duckdb': {
    sql: [],
    values: ['table-sql'],
    'table-sql': [],
    sandbox: ['sql', 'values'],
    session: ['sandbox', 'sql', 'table-sql', 'values'],
    arrow: ['values'],
    query: ['arrow', 'sandbox', 'session', 'sql', 'table-sql', 'values'],
    lineage: ['sandbox', 'session', 'sql'],
    merge: ['session', 'table-sql'],
    landing: ['sandbox', 'session', 'sql'],
  },
  'apps/api': {
    http: [],
    audit: ['http'],
    automation: ['http', 'webhooks'],
    auth: ['http'],
    'runner-client': ['http'],
    runs: ['http', 'runner-client'],
    logs: ['http', 'runner-client', 'runs'],
    'status-feed': ['http'],
    metrics: ['http'],
    namespaces: ['http', 'runner-client'],
    pipelines: ['automation', 'http', 'runner-client', 'runs'],
    files: ['http', 'landing-zones', 'pipelines', 'runner-client'],
    quality: ['http', 'pipelines', 'runner-client', 'runs'],
    retention: ['http', 'pipelines', 'runner-client'],
    tables: ['http', 'pipelines', 'runner-client', 'runs'],
    'landing-zones': ['http', 'namespaces', 'runner-client'],
    lineage: ['http', 'pipelines'],
    'run-groups': ['http', 'lineage', 'runs'],
    rates: ['auth', 'http'],
    runners: ['http'],
    schedules: ['automation', 'http', 'pipelines', 'runs'],
    search: ['http', 'runner-client'],
    system: ['http'],
    tokens: ['auth', 'http'],
    views: ['http'],
    webhooks: ['http'],
    'why-not': ['http', 'pipelines', 'triggers'],
    triggers: ['automation', 'http', 'lineage', 'pipelines', 'runs', 'schedules', 'webhooks'],
    oidc: ['auth', 'http', 'tokens'],
  },
  'apps/console': {
    url: [],
    keys: [],
    automation: ['.', 'parts'],
    lineage: ['.', 'live', 'parts', 'url'],
    live: ['.'],
    parts: ['.', 'keys', 'live', 'url'],
    'sign-in': ['.'],
  },
  'apps/runner': {
    'child-process': [],
    'executor-protocol': [],
    executor: ['child-process', 'executor-protocol'],
    execution: ['child-process', 'executor-protocol'],
    'attempt-contract': ['child-process', 'executor'],
    'table-commit': ['attempt-contract'],
    authoring: ['execution', 'executor-protocol'],
    query: ['attempt-contract', 'authoring', 'child-process', 'executor-protocol', 'table-commit'],
    maintenance: ['attempt-contract', 'child-process', 'execution', 'table-commit'],
    landing: ['child-process'],
    'runner-api': [
      'attempt',
      'attempt-contract',
      'background',
      'executor-protocol',
      'landing',
      'maintenance',
      'query',
      'table-commit',
    ],
    attempt: [
      'attempt-contract',
      'execution',
      'executor',
      'executor-protocol',
      'maintenance',
      'table-commit',
    ],
    background: ['attempt-contract', 'maintenance', 'openlineage', 'table-commit'],
    openlineage: ['attempt-contract'],
  },
};

const ALL_OF_NODE = ['node:*', 'node:*/**'];

const MESSAGE =
  'This package or folder may not import that module: see PACKAGES and FOLDERS in oxlint.config.mjs, and the floor plan in docs/architecture.md.';

/**
 * The patterns of the modules that a package may not import. As in `.gitignore`, the last pattern
 * that matches decides.
 */
function packageDoor(room, node = NODE_MODULES[room] ?? ALL_OF_NODE) {
  const allowed = ['.', '..', './**', '../**', ...node, ...PACKAGES[room]];
  return ['**', ...allowed.map((name) => `!${name}`)];
}

/** The patterns of the modules that a folder may not import: its package's, and other siblings. */
function folderDoor(room, allowed) {
  const siblings = [...Object.keys(FOLDERS[room]), 'generated', '.'];
  const closed = siblings.filter((name) => !allowed.includes(name));
  return [
    ...packageDoor(room),
    ...closed.flatMap((name) => (name === '.' ? ['../*.ts', '../*.tsx'] : `../${name}/**`)),
  ];
}

function door(files, group) {
  const patterns = [{ group, message: MESSAGE }];
  return { files, rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

const packageDoors = Object.keys(PACKAGES).map((room) => {
  const folder = room.includes('/src/') ? room : `${room}/src`;
  return door([`${folder}/**/*.{ts,tsx}`], packageDoor(room));
});

const folderDoors = Object.entries(FOLDERS).flatMap(([room, folders]) => [
  door([`${room}/src/*/*.{ts,tsx}`], folderDoor(room, [])),
  ...Object.entries(folders).map(([folder, allowed]) =>
    door([`${room}/src/${folder}/*.{ts,tsx}`], folderDoor(room, allowed)),
  ),
]);

const storageDoors = [
  door(
    ['packages/storage/src/*.ts'],
    [...packageDoor('packages/storage'), ...DISK_FILES.map((name) => `./${name}.ts`)],
  ),
  door(
    ['index', ...DISK_FILES].map((name) => `packages/storage/src/${name}.ts`),
    packageDoor('packages/storage', ALL_OF_NODE),
  ),
];

/** A screen of the console stands on the shared folders, and imports no other screen. */
const consoleDoor = door(
  ['apps/console/src/screens/*/*.{ts,tsx}'],
  [...packageDoor('apps/console'), '../*/**', '!../../**'],
);

const ONE_CLOCK = 'Only apps/console/src/time.tsx formats times, so that one switch changes all.';

/** The console runs in browsers, and formats times in one place. */
const consoleRules = {
  files: ['apps/console/src/**/*.{ts,tsx}'],
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'react', 'jsx-a11y'],
  env: { browser: true, es2024: true },
  rules: {
    'react/exhaustive-deps': 'error',
    'react/react-in-jsx-scope': 'off',
    'react/rules-of-hooks': 'error',
    'import/no-unassigned-import': ['error', { allow: ['**/*.css'] }],
    'no-restricted-properties': [
      'error',
      ...['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'].map((property) => ({
        property,
        message: ONE_CLOCK,
      })),
      { object: 'Intl', property: 'DateTimeFormat', message: ONE_CLOCK },
    ],
  },
};

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'node', 'promise'],
  categories: { correctness: 'error', suspicious: 'error' },
  env: { node: true, es2024: true },
  ignorePatterns: ['**/dist/**', '**/generated/**', 'node_modules/**'],
  rules: {
    eqeqeq: 'error',
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-named-as-default-member': 'off',
    'no-console': 'error',
    'no-shadow': 'off',
    'no-underscore-dangle': 'off',
    'node/no-process-env': 'error',
    'typescript/await-thenable': 'error',
    'typescript/consistent-return': 'off',
    'typescript/no-explicit-any': 'error',
    'typescript/no-extraneous-class': 'off',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/no-misused-spread': 'off',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/only-throw-error': 'error',
    'typescript/restrict-template-expressions': 'off',
    'typescript/switch-exhaustiveness-check': [
      'error',
      { considerDefaultExhaustiveForUnions: true },
    ],
    'typescript/use-unknown-in-catch-callback-variable': 'error',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-reverse': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/require-module-specifiers': 'off',
    'unicorn/require-post-message-target-origin': 'off',
  },
  overrides: [
    ...packageDoors,
    ...folderDoors,
    ...storageDoors,
    consoleDoor,
    consoleRules,
    { files: ['apps/console/src/time.tsx'], rules: { 'no-restricted-properties': 'off' } },
    { files: ['**/*.test.ts'], rules: { 'no-restricted-imports': 'off' } },
    {
      files: [
        'apps/*/src/main.ts',
        'apps/launcher/src/{apply,backup,doctor,maintain,pull,restore,seed,db-reset}.ts',
        'apps/launcher/bin/*.mjs',
        'apps/console/vite.config.ts',
        'apps/launcher/test/stored-version/make.mjs',
        '.ci/*.mjs',
        'packages/{testing,bench,chaos,interop}/**',
        '**/*.test.ts',
        'prisma/prisma.config.ts',
      ],
      rules: { 'node/no-process-env': 'off' },
    },
    {
      files: [
        'apps/launcher/**',
        'apps/cli/bin/**',
        'apps/console/bin/**',
        'packages/{client,contracts}/bin/**',
        'packages/testing/bin/**',
        'packages/bench/**',
        'packages/chaos/bin/**',
        'packages/interop/**',
        '.ci/*.mjs',
      ],
      rules: { 'no-console': 'off' },
    },
  ],
});
