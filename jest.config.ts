/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

/** What every project shares: ESM, SWC with legacy decorators, the packages read from their sources. */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^@weir/(core|kafka|level|cli|testing)$': '<rootDir>/packages/$1/src/index.ts',
    '^@weir/kafka/driver$': '<rootDir>/packages/kafka/src/driver/driver.ts',
    '^@weir/core/internal/(.+)$': '<rootDir>/packages/core/src/$1/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: false },
        },
        module: { type: 'es6' },
      },
    ],
  },
} as const;

const config: Config = {
  // A machine that does other work besides takes several times as long: a test that hangs is found later, and none fails for it.
  testTimeout: 120_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/dist/', '\\.kafka\\.spec\\.ts$'],
    },
    { ...shared, displayName: 'kafka', testMatch: ['<rootDir>/**/*.kafka.spec.ts'], testPathIgnorePatterns: ['/node_modules/', '/dist/'] },
  ] as unknown as Config['projects'],
};

export default config;
