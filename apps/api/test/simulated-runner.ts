import { formatRef, type Failure, type PhaseRecord, type TerminalStatus } from '@rat/domain';
import type { RunHints } from '@rat/hints';
import {
  appendEvents,
  claimRun,
  createRun,
  findTables,
  publishRun,
  settleAttempt,
  type Database,
  type NewRunEvent,
  type PublishAnswer,
} from '@rat/store';

export const ORDERS = { namespace: 'default', layer: 'silver', name: 'orders' } as const;

const PHASES: PhaseRecord[] = [
  { name: 'build', status: 'success', started_at: '2026-02-12T14:00:00.000Z', duration_ms: 3 },
];

type Settlement = Parameters<typeof settleAttempt>[2];

/** Changes runs as a runner does, through the same verbs of the store, one step at a time. */
export class SimulatedRunner {
  readonly #db: Database;
  readonly #hints: RunHints | undefined;
  readonly #appended = new Map<string, number>();

  constructor(db: Database, hints: RunHints | undefined) {
    this.#db = db;
    this.#hints = hints;
  }

  /** A new pending run. */
  async create(label = 'manual'): Promise<string> {
    const trigger = { kind: 'api', label } as const;
    return (await createRun(this.#db, { pipeline: ORDERS, trigger })).id;
  }

  /** A new run that this runner has claimed. */
  async start(): Promise<string> {
    const runId = await this.create();
    await this.claim(runId);
    return runId;
  }

  /** A finished run with two log lines. */
  async runTo(status: TerminalStatus): Promise<string> {
    const runId = await this.start();
    await this.log(runId, ['Starting pipeline silver.orders', 'Executing SQL...']);
    if (status === 'success') await this.succeed(runId);
    else if (status === 'failed') await this.fail(runId);
    else await this.settle(runId, { kind: 'cancel' });
    return runId;
  }

  async claim(runId: string, attempt = 1): Promise<void> {
    const claimed = await claimRun(
      this.#db,
      { runId, attempt },
      { runnerId: 'simulated', leaseMs: 60_000 },
    );
    if (claimed === undefined) throw new Error('the run was not there to be claimed');
    this.#appended.set(runId, 0);
    await this.#announce(runId, claimed.seq);
  }

  /** Appends log lines, and phase rows for messages that begin with `phase:`. */
  async log(runId: string, messages: readonly string[], attempt = 1): Promise<number> {
    const alreadyAppended = this.#appended.get(runId) ?? 0;
    const events = messages.map(toEvent);
    const answer = await appendEvents(this.#db, { runId, attempt, alreadyAppended }, events);
    if (answer.kind === 'fenced') throw new Error('the append was fenced');
    this.#appended.set(runId, alreadyAppended + events.length);
    await this.#announce(runId, answer.lastSeq);
    return answer.lastSeq;
  }

  async succeed(runId: string, rows = 12_340, attempt = 1): Promise<void> {
    const answer = await this.publish(runId, rows, attempt);
    if (answer.kind !== 'settled') throw new Error(`the publish was not taken: ${answer.kind}`);
    await this.#announce(runId, answer.seq, answer.status);
  }

  /** Publishes an empty table for the run, and returns the store's answer. */
  async publish(runId: string, rows = 12_340, attempt = 1): Promise<PublishAnswer> {
    const found = await findTables(this.#db, [ORDERS]);
    const expected = found.get(formatRef(ORDERS));
    const next = `file:///simulated/${runId}.metadata.json`;
    const publication = {
      move: { table: ORDERS, expected, next },
      snapshotId: '7630481471073686895',
      inputSnapshots: {},
      rowsWritten: rows,
      rowsDeleted: 0,
      rowsTotal: rows,
    };
    return publishRun(this.#db, { runId, attempt }, publication, PHASES);
  }

  async fail(runId: string, failure: Partial<Failure> = {}, attempt = 1): Promise<void> {
    const why: Failure = { code: 'sql_error', message: 'no such column: amuont', ...failure };
    await this.settle(runId, { kind: 'fail', failure: why }, attempt);
  }

  async settle(runId: string, settlement: Settlement, attempt = 1): Promise<void> {
    const answer = await settleAttempt(this.#db, { runId, attempt }, settlement, PHASES);
    if (answer.kind === 'fenced') throw new Error('the settlement was fenced');
    await this.#announce(runId, answer.seq, answer.status);
  }

  async #announce(
    runId: string,
    seq: number,
    status?: 'pending' | 'running' | 'success' | 'failed' | 'cancelled',
  ): Promise<void> {
    await this.#hints?.publish({ kind: 'moved', runId, seq, ...(status && { status }) });
  }
}

function toEvent(message: string): NewRunEvent {
  const at = new Date();
  return message.startsWith('phase:')
    ? { kind: 'phase', at, phase: 'build', payload: PHASES[0] }
    : { kind: 'log', at, phase: 'build', level: 'info', message };
}
