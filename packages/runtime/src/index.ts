/**
 * What every process needs and no business rule does: the environment, a logger, an orderly stop, abort helpers.
 *
 * Promises: nothing happens at import; whatever is opened through a Lifecycle is closed in reverse, once.
 * Refuses to know: runs, queues, HTTP.
 * Fails: EnvError names every variable that is wrong.
 */
export * from './abort.ts';
export * from './closed-folders.ts';
export * from './coerce-error.ts';
export * from './env.ts';
export * from './executor-user.ts';
export * from './batch-per-tick.ts';
export * from './lifecycle.ts';
export * from './logger.ts';
export * from './prepend-first.ts';
export * from './secrets.ts';
export * from './semaphore.ts';
export * from './split-lines.ts';
