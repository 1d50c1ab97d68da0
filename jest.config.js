/**
 * Tests run as ES modules on the TypeScript sources. test/support/global-setup.ts starts the
 * servers.
 */
export default {
  // Fails a file that leaves servers, connections, timers or databases behind.
  testEnvironment: '<rootDir>/test/support/leak-guard.mjs',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: false,
          },
          target: 'es2023',
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // Most suites spend their time waiting for processes, timeouts and stores.
  maxWorkers: 3,
  workerIdleMemoryLimit: '1GB',
  testTimeout: 30_000,
};
