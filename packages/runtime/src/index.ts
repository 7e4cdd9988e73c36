/**
 * What every process needs and no business rule does: the environment, a logger, an orderly stop,
 * small tools for concurrency.
 *
 * Promises: nothing happens at import; what is registered with a Lifecycle is closed in reverse
 * order, once.
 * Refuses to know: runs, queues, HTTP.
 * Fails: EnvError names every wrong variable; everything else throws what the caller's own work
 * threw.
 *
 * @example
 * const log = createLogger('api', { level: 'info' });
 * const lifecycle = new Lifecycle(log);
 * stopOnSignals(() => lifecycle.close());
 */
export { envInteger, envVar, EnvError } from './env.ts';
export { readSettings } from './read-settings.ts';
export { describeUnknown } from './nearest-name.ts';
export { EXPOSED_SECRETS, HANDOVER, hideSecrets, splitEnvironment } from './secrets.ts';
export { openSecretBox, type SecretBox } from './secret-box.ts';
export { createLogger, LOGGER_LEVELS, type Logger } from './logger.ts';
export { Lifecycle, stopOnSignals, stopWithParent, withDeadline } from './lifecycle.ts';
export { repeat, rethrowIfAborted, retryFor, waitFor } from './abort.ts';
export { coerceError } from './coerce-error.ts';
export { batchPerTick } from './batch-per-tick.ts';
export { Semaphore } from './semaphore.ts';
export { splitLines } from './split-lines.ts';
export { chooseExecutorUser, homeGroup, type ExecutorUser } from './executor-user.ts';
export { closeFolder, CLOSED_UMASK, shareFolder } from './closed-folders.ts';
export { groupBy } from './group-by.ts';
export { prependFirst } from './prepend-first.ts';
export { runJobs, type BackgroundJob, type JobObserver } from './run-jobs.ts';
