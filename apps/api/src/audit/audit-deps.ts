import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';

/** Dependencies of the audit log. */
export interface AuditDeps {
  db: Database;
  log: Logger;
}
