import { noteFault, turnPrefix, type Turn } from '../turn.ts';

const COPIES = 10;

/** Delivers the tickets of waiting, active and ended runs many times over. */
export async function repeatTickets(turn: Turn): Promise<void> {
  const { installation } = turn;
  const runs = await installation.query<{ runId: string; attempt: number }>(
    `SELECT id AS "runId", attempt FROM runs WHERE trigger LIKE $1`,
    [`${turnPrefix(turn)}%`],
  );
  noteFault(turn, `${COPIES} more tickets of each run`);
  for (let copy = 0; copy < COPIES; copy += 1) {
    const tickets = runs.map(({ runId, attempt }) => ({
      runId,
      attempt: attempt + turn.random.between(0, 1),
    }));
    // Each copy has its own id, so that the queue does not drop it. The queue may be down: ignore.
    await installation.queue.enqueueNext(tickets).catch(() => undefined);
  }
}
