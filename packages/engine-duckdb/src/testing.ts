/**
 * DuckDB's session without the port around it, for tests that look at a table or at a session from
 * within. The product uses `duckdbEngine`.
 *
 * @example
 * const session = await openSession({ inputs, stagingDir, tempDir, ...limits });
 * await session.showView('t', tableScanSql({ schema, files }));
 * const rows = await session.execute('SELECT * FROM t');
 */
export { openSession, type Session } from './session/session.ts';
