// The lower bound for POST /runs: an Express route that does one INSERT and answers 202.
import express from 'express';
import pg from 'pg';
import { announcePort, endWithBenchmark, setting } from './program.ts';

const pool = new pg.Pool({ connectionString: setting('DATABASE_URL'), max: 10 });
await pool.query(
  'CREATE TABLE IF NOT EXISTS bare_runs (id bigserial PRIMARY KEY, body jsonb NOT NULL)',
);
const app = express();
app.disable('x-powered-by');
app.use(express.json());
app.post('/runs', (req, res) => {
  const insert = {
    name: 'insert',
    text: 'INSERT INTO bare_runs (body) VALUES ($1) RETURNING id',
    values: [JSON.stringify(req.body)],
  };
  pool.query<{ id: string }>(insert, (error: Error | undefined, made) => {
    if (error) res.status(500).end();
    else res.status(202).json({ run_id: made.rows[0]?.id });
  });
});
const server = app.listen(0, '127.0.0.1', () => announcePort(server.address()));
endWithBenchmark();
