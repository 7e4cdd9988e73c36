// The lower bound for a runner: a BullMQ worker that publishes over Redis which job it started.
// With COMMITS it first makes the two commits that take a row to running and to its end.
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';

const { REDIS_URL, DATABASE_URL, QUEUE, CONCURRENCY, COMMITS } = process.env;
const redis = new Redis(REDIS_URL);
const connection = new Redis(REDIS_URL, { maxRetriesPerRequest: null });
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
const move = (id, status) =>
  pool.query({
    name: 'move',
    text: 'UPDATE bare_jobs SET status = $2 WHERE id = $1',
    values: [id, status],
  });
const work = async (job) => {
  if (COMMITS === '2') {
    await move(job.data.id, 'running');
    await move(job.data.id, 'success');
  }
  await redis.publish(QUEUE, String(job.data.id));
};
const worker = new Worker(QUEUE, work, { connection, concurrency: Number(CONCURRENCY) });
await worker.waitUntilReady();
console.log('working');
process.stdin.resume().on('end', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
