/**
 * Where tables and landing zones lie: the one place that turns a name into a path.
 *
 * Promises: every attempt writes into a folder of its own, so attempts never meet; a listing of a landing zone names
 * plain files only, in a fixed order; whatever is discarded is gone, and discarding it again does nothing.
 * Refuses to know: DuckDB, Postgres, which version of a table is the public one.
 * Fails: `InputError` for a name that would leave its root; errors of the file system as they are.
 */
export * from './local-warehouse.ts';
