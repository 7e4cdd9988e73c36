import { SANDBOX_LEVELS, type Readiness, type SandboxLevel } from '@rat/contracts';
import { coerceError, withDeadline } from '@rat/runtime';
import { countLiveRunners, listSandboxes } from '@rat/store';
import type { RequestHandler } from 'express';
import type { AppDeps } from '../app-deps.ts';

const CHECK_TIMEOUT_MS = 2_000;

/** GET /health/ready: 200 when a run that is triggered now would be executed, otherwise 503 and what is missing. */
export function healthReadyRoute(deps: Pick<AppDeps, 'db' | 'queue' | 'log'>): RequestHandler {
  return async (_req, res) => {
    const answer = await checkReadiness(deps);
    res.status(answer.status === 'ok' ? 200 : 503).json(answer);
  };
}

async function checkReadiness(deps: Pick<AppDeps, 'db' | 'queue' | 'log'>): Promise<Readiness> {
  /** Undefined when the check failed; why is for the log, not for whoever asks. */
  const check = async <T>(what: string, ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await withDeadline(ask(), CHECK_TIMEOUT_MS);
    } catch (error) {
      deps.log.warn({ err: coerceError(error), what }, 'not ready');
      return undefined;
    }
  };
  const [postgres, queue, live, sandboxes] = await Promise.all([
    check('postgres', async () => {
      await deps.db.pool.query('SELECT 1');
      return true;
    }),
    check('queue', async () => {
      await deps.queue.check();
      return true;
    }),
    check('runners', () => countLiveRunners(deps.db)),
    check('sandboxes', () => listSandboxes(deps.db)),
  ]);
  const checks: Readiness['checks'] = {
    postgres: { status: postgres ? 'ok' : 'down' },
    queue: { status: queue ? 'ok' : 'down' },
    runners: { status: live ? 'ok' : 'down', live: live ?? null },
  };
  const isReady = Object.values(checks).every((one) => one.status === 'ok');
  const sandbox = weakest(sandboxes ?? []);
  return { status: isReady ? 'ok' : 'down', checks, ...(sandbox && { sandbox }) };
}

/** A runner that announces no level is of an older version, which has none; where no runner does, nothing is said. */
function weakest(announced: string[]): SandboxLevel | undefined {
  if (announced.every((level) => level === '')) return undefined;
  if (announced.includes('')) return 'process';
  return SANDBOX_LEVELS.find((level) => announced.includes(level));
}
