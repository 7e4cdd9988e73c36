/**
 * Tests that other engines read our tables, that our runs keep what other engines write, that a client which is generated
 * from the OpenAPI document drives the API, and that clients that make requests from it find no answer outside of it.
 *
 * Promises: tables of every type, written by a real API and runner, are compared row by row with
 * values written by hand; each reader sees the same snapshots, branches and tags.
 * Refuses to know: how the product writes a table. It reads the catalog and the files.
 * Fails: with a count of failed checks, each printed. Without Python, a part that needs it is skipped: one line
 * reports it, and nothing has failed.
 *
 * @example
 * const { passed, failed } = await runInterop();
 * console.log(`${passed} passed, ${failed} failed`);
 * process.exitCode = failed === 0 ? 0 : 1;
 */
export { runInterop } from './interop.ts';
export type { InteropCounts } from './verdicts.ts';
