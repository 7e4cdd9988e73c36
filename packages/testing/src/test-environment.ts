/** The addresses of the services, which the global set-up passes to every test worker. */
export interface TestServices {
  /** A database whose user may create and drop databases. */
  adminUrl: string;
  /** The migrated database that is the template of every test database. */
  template: string;
  redisUrl: string | undefined;
}

const VARIABLES = {
  adminUrl: 'RAT_TEST_ADMIN_URL',
  template: 'RAT_TEST_TEMPLATE',
  redisUrl: 'RAT_TEST_REDIS_URL',
} as const;

/** Puts the services into the environment that Jest's workers inherit. */
export function announceServices(services: TestServices): void {
  process.env[VARIABLES.adminUrl] = services.adminUrl;
  process.env[VARIABLES.template] = services.template;
  process.env[VARIABLES.redisUrl] = services.redisUrl ?? '';
}

/** The services of this test run. Throws in a unit test, which has none. */
export function testServices(): TestServices {
  const adminUrl = process.env[VARIABLES.adminUrl];
  const template = process.env[VARIABLES.template];
  if (!adminUrl || !template) {
    throw new Error(
      'no test services: name the file *.int.test.ts or *.e2e.test.ts and run it with npm test',
    );
  }
  return { adminUrl, template, redisUrl: process.env[VARIABLES.redisUrl] || undefined };
}

/** The settings of the person who runs the tests. */
export function testWishes(): {
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  ci: boolean;
  /** The seed of the random cases. */
  propertySeed: number;
  /** Whether tests try every case, without regard to time. */
  full: boolean;
} {
  return {
    databaseUrl: process.env['TEST_DATABASE_URL'] || undefined,
    redisUrl: process.env['TEST_REDIS_URL'] || undefined,
    propertySeed: Number(process.env['RAT_PROPERTY_SEED'] || 1),
    full: process.env['CHAOS'] === 'full',
    ci: process.env['CI'] === 'true' || process.env['CI'] === '1',
  };
}
