/**
 * A pipeline's files become a validated definition, and its template becomes SQL.
 *
 * Promises: a definition that `definePipeline` returned will compile; what cannot be used is refused with the place of
 * every mistake; compiled SQL names inputs and never paths; a template always ends, within bounded time and memory.
 * Refuses to know: Postgres, DuckDB, where tables and landing zones lie.
 * Fails: `UnprocessableError` for content that cannot be used, `InputError` for a folder that cannot be read as
 * pipelines, `TemplateError` for a template that does not render.
 */
export * from './compile-built-in-test.ts';
export * from './compile-in-time.ts';
export * from './compile-template.ts';
export * from './content-hash.ts';
export * from './define-pipeline.ts';
export * from './list-tests.ts';
export { unknownKey } from './nearest-key.ts';
export * from './open-definer.ts';
export * from './read-pipeline-files.ts';
export * from './template-error.ts';

export type { SourcePlace } from './source-map.ts';
