import { Worker } from 'node:worker_threads';
import { LimitError, UnavailableError, type Issue } from '@rat/domain';
import {
  TIMEOUT_MS,
  toDefinition,
  tooSlow,
  type InspectedPipeline,
  type PipelineDefinition,
  type PipelineSource,
} from './define-pipeline.ts';
import { CLOCK_FACTOR } from './render-budget.ts';
import type { DefinerAnswer } from './definer-protocol.ts';

/** The built file, under test too: a worker thread does not read TypeScript. */
const ENTRY = new URL('../dist/definer-main.js', import.meta.url);

const THREADS_MAX = 2;
const WAITING_MAX = 100;
const WAIT_MAX_MS = 15_000;
/** Extra time before a thread is terminated; normally it stops a slow template itself. */
const GRACE_MS = 500;
/** A thread's own memory limit; the template engine has a separate one. */
const MEMORY_MB = 256;

/** Defines pipelines on worker threads. */
export interface PipelineDefiner {
  /**
   * Defines a pipeline like `definePipeline`, within two seconds of processor time. Throws:
   * - UnprocessableError that names the template that was too slow or too large,
   * - LimitError when too many pipelines wait,
   * - UnavailableError when no thread becomes free in time, or after `close`.
   */
  define(source: PipelineSource): Promise<PipelineDefinition>;
  /**
   * Finds what `define` would, and every mistake as data. Throws LimitError and UnavailableError
   * like `define`.
   */
  inspect(source: PipelineSource): Promise<InspectedPipeline>;
  close(): Promise<void>;
}

/** What is known of a pipeline whose thread was terminated. */
const NOTHING: InspectedPipeline = {
  config: {},
  qualityTests: [],
  inputs: { refs: [], landingZones: [] },
  testInputs: { refs: [], landingZones: [] },
  params: [],
  issues: [],
};

interface Job {
  source: PipelineSource;
  resolve: (pipeline: InspectedPipeline) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/**
 * Opens a small pool of threads. They start on demand, and are reused unless they were terminated.
 *
 * @example
 * const definer = openDefiner();
 * const definition = await definer.define({ ref, sql, config, qualityTests });
 * await definer.close();
 */
export function openDefiner(options: { graceMs?: number; threads?: number } = {}): PipelineDefiner {
  const { graceMs = GRACE_MS, threads = THREADS_MAX } = options;
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: Job[] = [];
  let isClosed = false;

  const start = (): Worker => {
    const resourceLimits = { maxOldGenerationSizeMb: MEMORY_MB };
    const worker = new Worker(ENTRY, { env: {}, execArgv: [], resourceLimits });
    worker.unref();
    all.add(worker);
    // A job has its own error listener. Without a job, an error only ends the thread.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      all.delete(worker);
      const at = idle.indexOf(worker);
      if (at >= 0) idle.splice(at, 1);
    });
    return worker;
  };

  const startWaiting = (): void => {
    const worker = idle.pop() ?? (all.size < threads ? start() : undefined);
    if (worker === undefined) return;
    const job = waiting.shift();
    if (job === undefined) {
      idle.push(worker);
      return;
    }
    clearTimeout(job.timer);
    void handOver(worker, job);
  };

  const handOver = async (worker: Worker, job: Job): Promise<void> => {
    if (await work(worker, job, graceMs)) idle.push(worker);
    else await worker.terminate();
    if (!isClosed && waiting.length > 0) startWaiting();
  };

  const inspect = (source: PipelineSource): Promise<InspectedPipeline> =>
    new Promise((resolve, reject) => {
      if (isClosed) throw new UnavailableError('the API is stopping');
      if (waiting.length >= WAITING_MAX)
        throw new LimitError('too many pipelines are being stored', 2);
      const job: Job = { source, resolve, reject, timer: setTimeout(giveUp, WAIT_MAX_MS) };
      function giveUp(): void {
        waiting.splice(waiting.indexOf(job), 1);
        reject(new UnavailableError('too many pipelines are being stored; try again later'));
      }
      waiting.push(job);
      startWaiting();
    });

  return {
    define: async (source) => toDefinition(source, await inspect(source)),
    inspect,
    close: async () => {
      isClosed = true;
      for (const job of waiting.splice(0)) {
        clearTimeout(job.timer);
        job.reject(new UnavailableError('the API is stopping'));
      }
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

/** Settles the job; resolves with whether the thread can accept another job. */
function work(worker: Worker, job: Job, graceMs: number): Promise<boolean> {
  return new Promise((done) => {
    let path = 'sql';
    let timer: NodeJS.Timeout | undefined;
    const end = (isReusable: boolean, settle: () => void): void => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      settle();
      done(isReusable);
    };
    const refuse = (error: Error): void => end(false, () => job.reject(error));
    const blame = (issue: Issue): void =>
      end(false, () => job.resolve({ ...NOTHING, issues: [issue] }));
    const onMessage = (answer: DefinerAnswer): void => {
      switch (answer.type) {
        case 'at':
          path = answer.path;
          // Starts at the first message: until then the thread may have been starting up.
          timer ??= setTimeout(() => blame(tooSlow(path)), CLOCK_FACTOR * TIMEOUT_MS + graceMs);
          return;
        case 'inspected':
          return end(true, () => job.resolve(answer.pipeline));
        case 'broken':
          return refuse(new Error(`a pipeline could not be defined: ${answer.message}`));
      }
    };
    const onError = (error: unknown): void => {
      const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
      const message = 'the template needs more memory than it may use';
      if (code === 'ERR_WORKER_OUT_OF_MEMORY') blame({ path, message });
      else refuse(new Error('a thread that defines pipelines failed', { cause: error }));
    };
    const onExit = (): void => refuse(new UnavailableError('the API is stopping'));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(job.source);
  });
}
