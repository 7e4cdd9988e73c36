import { afterEach, beforeEach } from '@jest/globals';
import type { TableEngine } from '@rat/engine';
import { EngineLab } from './engine-lab.ts';
import { testPublishedTables } from './engine-queries.ts';
import { testSessions } from './engine-sessions.ts';
import { testUnsavedSql } from './engine-unsaved.ts';
import { testStaging } from './engine-staging.ts';

/**
 * The promises of the port `TableEngine` that runs rely on. Every adapter must pass them. Where the
 * SQL of a test is more than the standard, it is DuckDB's: a second engine brings its own.
 *
 * @example
 * testTableEngine(duckdbEngine);
 */
export function testTableEngine(engine: TableEngine): void {
  const lab = new EngineLab(engine);
  beforeEach(() => lab.setUp());
  afterEach(() => lab.tearDown());
  testStaging(lab);
  testSessions(lab);
  testUnsavedSql(lab);
  testPublishedTables(lab);
}
