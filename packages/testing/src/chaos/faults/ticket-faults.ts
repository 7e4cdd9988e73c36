import { noteFault, turnPrefix, type Turn } from '../turn.ts';

const COPIES = 10;

/** Tickets of runs that wait, run or have ended are delivered many times over. */
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
    // Each under an id of its own, so that the queue takes none for another. It may be down by another fault.
    await installation.queue.enqueueNext(tickets).catch(() => undefined);
  }
}
