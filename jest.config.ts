/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

/**
 * Three layers, chosen with `--selectProjects unit|int|e2e`. Unit tests need nothing but Node; the other two get
 * Postgres and Redis from a global set-up, which Jest runs only when one of their files is to be run.
 */
const shared = {
  rootDir: '.',
  testEnvironment: '<rootDir>/packages/testing/bin/node-environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
      },
    ],
  },
  // The rooms import each other's sources, so that a test never sees yesterday's build.
  testEnvironmentOptions: { customExportConditions: ['rat-source', 'node', 'node-addons'] },
  setupFiles: ['<rootDir>/packages/testing/src/seed-properties.ts'],
  modulePathIgnorePatterns: ['/dist/'],
} satisfies Config;

// The set-up runs outside Jest's sandbox, where Node 20 reads no TypeScript: hence from the build.
const services = {
  globalSetup: '<rootDir>/packages/testing/dist/global-setup.js',
  globalTeardown: '<rootDir>/packages/testing/dist/global-teardown.js',
};

const config: Config = {
  maxWorkers: 2,
  // The modules of each test file stay in the memory of its worker: after some 230 files one ran out of 4 GB.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 30_000,
  reporters: ['default', '<rootDir>/packages/testing/bin/summary-reporter.mjs'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/packages/*/src/**/*.test.ts', '<rootDir>/apps/*/src/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.int\\.test\\.ts$'],
    },
    {
      ...shared,
      ...services,
      displayName: 'int',
      testMatch: [
        '<rootDir>/packages/*/src/**/*.int.test.ts',
        '<rootDir>/apps/*/src/**/*.int.test.ts',
      ],
    },
    {
      ...shared,
      ...services,
      displayName: 'e2e',
      testMatch: ['<rootDir>/apps/*/test/**/*.e2e.test.ts'],
    },
  ],
};

export default config;
