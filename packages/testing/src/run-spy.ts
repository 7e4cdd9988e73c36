import pg from 'pg';
import { eventually } from './eventually.ts';

/** A run as the database holds it at this moment. */
export interface SpiedRun {
  id: string;
  status: string;
  attempt: number;
  failure_code: string | null;
  error: string | null;
}

/** Reads runs from the database directly, without a cache or a service. */
export interface RunSpy {
  find: (runId: string) => Promise<SpiedRun | undefined>;
  /** Resolves once the run has that status; on a timeout, rejects with its actual status. */
  waitFor: (runId: string, status: string, withinMs?: number) => Promise<SpiedRun>;
  close: () => Promise<void>;
}

export function createRunSpy(databaseUrl: string): RunSpy {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  // A test may cut every session of its database; the next query opens a new one.
  pool.on('error', () => undefined);
  const find = async (runId: string): Promise<SpiedRun | undefined> => {
    const found = await pool.query<SpiedRun>(
      'SELECT id, status, attempt, failure_code, error FROM runs WHERE id = $1',
      [runId],
    );
    return found.rows[0];
  };
  const waitFor = async (runId: string, status: string, withinMs?: number): Promise<SpiedRun> => {
    let last: SpiedRun | undefined;
    return eventually(
      `run ${runId} becomes ${status}`,
      async () => {
        last = await find(runId);
        if (last?.status === status) return last;
        throw new Error(`it is ${last?.status ?? 'not there'}: ${last?.error ?? 'no error'}`);
      },
      withinMs,
    );
  };
  return { find, waitFor, close: () => pool.end() };
}
