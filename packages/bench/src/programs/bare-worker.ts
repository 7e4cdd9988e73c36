// The lower bound for a runner: a BullMQ worker that publishes over Redis which job it started.
// With COMMITS it first makes the two commits that take a row to running and to its end.
import { Worker, type Job } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { endWithBenchmark, setting } from './program.ts';

const queue = setting('QUEUE');
const commits = setting('COMMITS');
const redis = new Redis(setting('REDIS_URL'));
const connection = new Redis(setting('REDIS_URL'), { maxRetriesPerRequest: null });
const pool = new pg.Pool({ connectionString: setting('DATABASE_URL'), max: 10 });
const move = (id: string | number, status: string): Promise<unknown> =>
  pool.query({
    name: 'move',
    text: 'UPDATE bare_jobs SET status = $2 WHERE id = $1',
    values: [id, status],
  });
const work = async (job: Job<{ id: string | number }>): Promise<void> => {
  if (commits === '2') {
    await move(job.data.id, 'running');
    await move(job.data.id, 'success');
  }
  await redis.publish(queue, String(job.data.id));
};
const worker = new Worker(queue, work, { connection, concurrency: Number(setting('CONCURRENCY')) });
await worker.waitUntilReady();
console.log('working');
endWithBenchmark();
