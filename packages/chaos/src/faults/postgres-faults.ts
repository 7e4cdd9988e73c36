import { noteFault, wait, type Turn } from '../turn.ts';

/** Ends every session of the services at once. */
export async function endSessions(turn: Turn): Promise<void> {
  noteFault(turn, 'pg_terminate_backend of all');
  await turn.installation
    .query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    .catch(() => undefined);
}

/** Stops Postgres immediately and restarts it; it recovers from its log. */
export async function crashPostgres(turn: Turn): Promise<void> {
  noteFault(turn, 'immediate stop of Postgres');
  const restart = await turn.installation.crashPostgres();
  try {
    await wait(turn, 0, 3_000);
  } finally {
    await restart();
  }
}

/** Makes Postgres unreachable for ten seconds, beginning when a run is about to be published. */
export async function losePostgresAtPublish(turn: Turn): Promise<void> {
  const { installation } = turn;
  for (let tries = 0; tries < 100; tries += 1) {
    const staged = await installation.query(
      `SELECT FROM run_events e JOIN runs r ON r.id = e.run_id
       WHERE r.status = 'running' AND e.kind = 'phase' AND e.payload ->> 'name' = 'quality'
         AND e.attempt = r.attempt LIMIT 1`,
    );
    if (staged.length > 0) break;
    await wait(turn, 20, 20);
  }
  noteFault(turn, 'Postgres out of reach for 10 s at a completion');
  const links = installation.links('postgres');
  await Promise.all(links.map(({ proxy }) => proxy.refuse()));
  try {
    await wait(turn, 10_000, 10_000);
  } finally {
    await Promise.all(links.map(({ proxy }) => proxy.heal()));
  }
}
