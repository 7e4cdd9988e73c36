import { setTimeout as pause } from 'node:timers/promises';
import { noteFault, requestRun, turnPrefix, wait, type Turn } from '../turn.ts';
import type { ServiceSlot } from '../service-slot.ts';

/** Kills a runner with SIGKILL, which ends its executors too, and restarts it a little later. */
export async function killRunner(turn: Turn): Promise<void> {
  const runner = await busyRunner(turn);
  noteFault(turn, `SIGKILL ${runner.name}`, runner.name);
  runner.signal('SIGKILL');
  await wait(turn, 0, 3_000);
  await runner.revive();
}

/** Freezes a runner, mostly for longer than its lease, and wakes it up as a zombie. */
export async function freezeRunner(turn: Turn): Promise<void> {
  const runner = await busyRunner(turn);
  noteFault(turn, `SIGSTOP ${runner.name}`, runner.name);
  runner.signal('SIGSTOP');
  try {
    if (turn.random.chance(0.7)) await wait(turn, 6_500, 9_000);
    else await wait(turn, 500, 3_000);
  } finally {
    runner.signal('SIGCONT');
  }
}

/** Restarts a runner with SIGTERM, as a rolling update does. */
export async function restartRunner(turn: Turn): Promise<void> {
  const runner = await busyRunner(turn);
  noteFault(turn, `SIGTERM ${runner.name}`, runner.name);
  runner.signal('SIGTERM');
  await runner.revive();
}

export async function killExecutor(turn: Turn): Promise<void> {
  const runner = await busyRunner(turn);
  const children = await runner.children();
  if (children.length === 0) return;
  noteFault(turn, `SIGKILL an executor of ${runner.name}`, runner.name);
  signalIfThere(turn.random.pick(children), 'SIGKILL');
}

export async function freezeExecutor(turn: Turn): Promise<void> {
  const runner = await busyRunner(turn);
  const children = await runner.children();
  noteFault(turn, `SIGSTOP the executors of ${runner.name}`, runner.name);
  for (const pid of children) signalIfThere(pid, 'SIGSTOP');
  try {
    await wait(turn, 1_000, 6_000);
  } finally {
    for (const pid of children) signalIfThere(pid, 'SIGCONT');
  }
}

/** Freezes an executor, kills its runner, and wakes the executor during the run's next attempt. */
export async function orphanExecutor(turn: Turn): Promise<void> {
  const runner = await busyRunner(turn);
  const children = await runner.children();
  noteFault(turn, `SIGKILL ${runner.name} while its executors sleep`, runner.name);
  for (const pid of children) signalIfThere(pid, 'SIGSTOP');
  try {
    runner.signal('SIGKILL');
    await runner.revive();
    await wait(turn, 4_000, 8_000);
  } finally {
    for (const pid of children) signalIfThere(pid, 'SIGCONT');
  }
}

export async function killApi(turn: Turn): Promise<void> {
  const api = turn.random.pick(turn.installation.apis);
  noteFault(turn, `SIGKILL ${api.name}`);
  api.signal('SIGKILL');
  await wait(turn, 0, 2_000);
  await api.revive();
}

export async function freezeApi(turn: Turn): Promise<void> {
  const api = turn.random.pick(turn.installation.apis);
  noteFault(turn, `SIGSTOP ${api.name}`);
  api.signal('SIGSTOP');
  try {
    await wait(turn, 2_000, 6_000);
  } finally {
    api.signal('SIGCONT');
  }
}

/**
 * Kills an API between the commit of a run and its enqueue: the queue is blocked before the kill.
 */
export async function killApiBeforeRing(turn: Turn): Promise<void> {
  const { installation, random } = turn;
  const index = random.between(0, installation.apis.length - 1);
  const api = installation.apis[index];
  if (api === undefined) return;
  const release = await holdQueue(turn, api);
  let asking: Promise<unknown> | undefined;
  try {
    const key = `${turnPrefix(turn)}before-ring-${turn.faults.length}`;
    const request = { key, driver: random.pick(turn.drivers) };
    asking = requestRun(turn, request, { random: random.fork(key), first: index }).catch(
      (error: unknown) => {
        if (!turn.signal.aborted) turn.violations.push(String(error));
      },
    );
    for (let tries = 0; tries < 200; tries += 1) {
      const rows = await installation.query('SELECT FROM runs WHERE trigger = $1', [key]);
      if (rows.length > 0) break;
      await wait(turn, 5, 5);
    }
    noteFault(turn, `SIGKILL ${api.name} before it rings`);
    api.signal('SIGKILL');
  } finally {
    await release();
  }
  await api.revive();
  await asking;
}

/**
 * Blocks the queue for this API; with the Postgres backend, for every process. Returns the function
 * that unblocks it.
 */
async function holdQueue(turn: Turn, api: ServiceSlot): Promise<() => Promise<void>> {
  const toRedis = api.links.find((link) => link.name.endsWith('→redis'));
  if (toRedis !== undefined) {
    toRedis.proxy.blackhole();
    return () => toRedis.proxy.heal();
  }
  const client = await turn.installation.connect();
  const release = async (): Promise<void> => {
    await client.query('ROLLBACK').catch(() => undefined);
    client.release();
  };
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq'`,
    );
    const tables = rows.map((row) => `bullmq.${row.name}`).join(', ');
    await client.query('BEGIN');
    await client.query(`SET LOCAL lock_timeout = '5s'`);
    await client.query(`LOCK TABLE ${tables} IN ACCESS EXCLUSIVE MODE`);
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}

/**
 * A runner with an active run, when one is found soon; otherwise any. Notes its executors first.
 */
async function busyRunner(turn: Turn): Promise<ServiceSlot> {
  const runner = await findBusyRunner(turn);
  await runner.children();
  return runner;
}

async function findBusyRunner({ installation, random, signal }: Turn): Promise<ServiceSlot> {
  for (let tries = 0; tries < 20; tries += 1) {
    const rows = await installation.query<{ runner: string }>(
      `SELECT DISTINCT runner_id AS runner FROM runs WHERE status = 'running'`,
    );
    const busy = installation.runners.filter((slot) =>
      rows.some((row) => row.runner === slot.name),
    );
    if (busy.length > 0) return random.pick(busy);
    await pause(50, undefined, { signal });
  }
  return random.pick(installation.runners);
}

function signalIfThere(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process ended in the meantime.
  }
}
