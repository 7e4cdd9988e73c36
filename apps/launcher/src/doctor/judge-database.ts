import type { DatabaseFacts } from '@rat/store';
import { failed, ok, type Check } from './check.ts';

/** The oldest that the library of the queue takes. Tests use 18. */
const POSTGRES_MAJOR = 14;

type ServerFacts = Pick<DatabaseFacts, 'version' | 'versionNumber' | 'isReadOnly' | 'mayCreate'>;

export function judgePostgres(facts: ServerFacts): Check {
  const { version, versionNumber, isReadOnly, mayCreate } = facts;
  if (versionNumber < POSTGRES_MAJOR * 10_000) {
    return failed('postgres', `version ${version}`, `use Postgres ${POSTGRES_MAJOR} or later`);
  }
  if (isReadOnly) {
    return failed(
      'postgres',
      `${version} takes no writes: it is a standby, or read-only by default`,
      'let DATABASE_URL name the primary',
    );
  }
  return mayCreate
    ? ok('postgres', `${version}, takes writes`)
    : failed(
        'postgres',
        `${version}; the role may not create tables, which migrations do`,
        'make the role the owner of the database: ALTER DATABASE name OWNER TO role',
      );
}

type Ledger = Pick<DatabaseFacts, 'pending' | 'unknown' | 'unfinished'>;

export function judgeMigrations({ pending, unknown, unfinished }: Ledger): Check {
  if (unfinished.length > 0) {
    return failed(
      'migrations',
      `${unfinished.join(', ')} began and did not end`,
      'read the log of the API that applied it, restore a backup, and apply it again',
    );
  }
  if (unknown.length > 0) {
    return failed(
      'migrations',
      `the database is of a newer version: it has ${unknown.join(', ')}`,
      'run the version that migrated it, or a later one',
    );
  }
  return pending.length === 0
    ? ok('migrations', 'all are applied')
    : failed(
        'migrations',
        `${pending.length} are not applied, the first is ${pending[0]}`,
        'start an API with RAT_MIGRATE=1, which applies them',
      );
}
