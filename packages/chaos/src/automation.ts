import { setTimeout as pause } from 'node:timers/promises';
import type { FiringCause } from '@rat/domain';
import { findFiringFaults, type AutomationFacts, type ToldFiring } from './check-firings.ts';
import type { Installation } from './installation.ts';
import { PatientClient } from './patient-client.ts';
import type { Random } from './random.ts';

/** What schedules and triggers came to. */
export interface AutomationReport {
  firings: number;
  violations: string[];
}

/** Schedules and triggers that work for as long as things break. */
export interface Automation {
  /** Ends the uploads and deliveries, lets everything be decided, and checks what was fired. */
  finish: () => Promise<AutomationReport>;
}

const PLACE = { namespace: 'default', layer: 'bronze' } as const;
const ZONE = 'chaos';

/** Enough retries for every fault that a run may meet. */
const PATIENCE = { max_retries: 20, retry_delay_seconds: 0.2 };

/** The shortest interval of a schedule; the two of them alternate. */
const EVERY_SECONDS = 10;
const SCHEDULES = [
  { name: 'all', offset: 0, more: { catch_up: 'all' } },
  { name: 'latest', offset: 5, more: { catch_up: 'latest', overlap: 'skip' } },
] as const;

const CHANGE_EVERY_MS = 2_500;
const DECIDED_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 500;

interface Watched {
  schedules: { id: string; name: string; offset: number }[];
  after: string;
  files: string;
  hook: string;
}

/** What clients were answered to, by the trigger that must fire for it. */
interface Changes {
  files: string[];
  deliveries: string[];
  violations: string[];
}

/**
 * Stores pipelines with schedules, and with triggers of successes, files and deliveries. Then uploads a
 * file or delivers to the webhook every few seconds, until it is finished or `signal` aborts.
 */
export async function startAutomation(
  installation: Installation,
  { random, signal }: { random: Random; signal: AbortSignal },
): Promise<Automation> {
  const client = new PatientClient(installation.doors, random, signal);
  const { watched, token } = await prepare(client);
  const changes: Changes = { files: [], deliveries: [], violations: [] };
  const ending = new AbortController();
  const load = makeChanges(client, { id: watched.hook, token }, changes, {
    signal,
    ending: ending.signal,
  });
  // When the program ends, no caller awaits it any more.
  load.catch(() => undefined);
  return {
    finish: async () => {
      ending.abort();
      await load;
      const until = await pauseSchedules(installation, client, watched, signal);
      const facts = await settle(installation, { ...watched, until }, changes, signal);
      const violations = [...changes.violations, ...findFiringFaults(facts)];
      return { firings: facts.firings.length, violations };
    },
  };
}

async function prepare(client: PatientClient): Promise<{ watched: Watched; token: string }> {
  for (const name of ['auto-timed', 'auto-after', 'auto-files', 'auto-hook']) {
    const body = { sql: 'SELECT 1 AS n', config: PATIENCE };
    await client.call((rat) => rat.pipelines.put({ ...PLACE, name }, body));
  }
  const put = async (
    name: string,
    kind: 'upstream' | 'upload' | 'webhook',
    more: { config: Record<string, unknown>; secrets?: string[] },
  ): Promise<string> => {
    const place = { ...PLACE, name, trigger: 'chaos' };
    const written = await client.call((rat) =>
      rat.triggers.putOf(place, { kind, max_per_hour: 3_600, ...more }),
    );
    return written.id;
  };
  // Before the first run: a past success fires nothing.
  const upstream = { pipelines: ['bronze.auto-timed'], per: 'run' };
  const after = await put('auto-after', 'upstream', { config: upstream });
  const files = await put('auto-files', 'upload', { config: { zone: ZONE } });
  // A token of our own: the answer with a made one could be lost.
  const token = 'the-token-of-the-chaos-webhook';
  const hook = await put('auto-hook', 'webhook', { config: {}, secrets: [token] });
  const schedules: Watched['schedules'] = [];
  for (const { name, offset, more } of SCHEDULES) {
    const place = { ...PLACE, name: 'auto-timed', schedule: name };
    const { id } = await client.call((rat) =>
      rat.schedules.putOf(place, { every_seconds: EVERY_SECONDS, offset_seconds: offset, ...more }),
    );
    schedules.push({ id, name, offset });
  }
  return { watched: { schedules, after, files, hook }, token };
}

async function makeChanges(
  client: PatientClient,
  hook: { id: string; token: string },
  changes: Changes,
  { signal, ending }: { signal: AbortSignal; ending: AbortSignal },
): Promise<void> {
  for (let n = 1; !ending.aborted; n += 1) {
    try {
      if (n % 2 === 0) await upload(client, `file-${n}.csv`, changes);
      else await deliver(client, hook, `delivery-${n}`, changes);
    } catch (error) {
      signal.throwIfAborted();
      changes.violations.push(`a change for a trigger was not taken: ${String(error)}`);
    }
    const both = AbortSignal.any([signal, ending]);
    await pause(CHANGE_EVERY_MS, undefined, { signal: both }).catch(() => undefined);
    signal.throwIfAborted();
  }
}

/** The same file again, after a lost answer, is no news. */
async function upload(client: PatientClient, name: string, changes: Changes): Promise<void> {
  const body = new TextEncoder().encode(`id\n${name}\n`);
  await client.call((rat) =>
    rat.landingZones.upload({ namespace: PLACE.namespace, zone: ZONE }, body, { name }),
  );
  changes.files.push(name);
}

/** Two clients send each delivery at once: both are answered with the same firing. */
async function deliver(
  client: PatientClient,
  { id, token }: { id: string; token: string },
  key: string,
  changes: Changes,
): Promise<void> {
  const send = () =>
    client.call((rat) =>
      rat.webhooks.receiveDelivery(id, new TextEncoder().encode('{}'), {
        idempotencyKey: key,
        headers: { 'x-webhook-token': token },
      }),
    );
  const [one, other] = await Promise.all([send(), send()]);
  changes.deliveries.push(key);
  if (one.firing_id !== other.firing_id)
    changes.violations.push(`${key} was answered with ${one.firing_id} and ${other.firing_id}`);
}

/** Pauses the schedules once they have decided every time up to the returned one. */
async function pauseSchedules(
  { query }: Installation,
  client: PatientClient,
  { schedules }: Watched,
  signal: AbortSignal,
): Promise<Date> {
  const ids = schedules.map(({ id }) => id);
  const [now] = await query<{ at: Date }>(
    `SELECT now() - interval '${EVERY_SECONDS} seconds' AS at`,
  );
  if (now === undefined) throw new Error('the database has no clock');
  const deadline = performance.now() + DECIDED_WITHIN_MS;
  for (;;) {
    const [row] = await query<{ behind: number }>(
      `SELECT count(*)::int AS behind FROM schedules
       WHERE id = ANY ($1::uuid[]) AND decided_until < $2`,
      [ids, now.at],
    );
    // The check names the times that are left.
    if (row?.behind === 0 || performance.now() > deadline) break;
    await pause(LOOK_EVERY_MS, undefined, { signal });
  }
  for (const id of ids) await client.call((rat) => rat.schedules.pause(id));
  return now.at;
}

/** Waits until nothing is lost any more and no run is left, or the time is up; returns the last facts. */
async function settle(
  installation: Installation,
  watched: Watched & { until: Date },
  changes: Changes,
  signal: AbortSignal,
): Promise<AutomationFacts> {
  const deadline = performance.now() + DECIDED_WITHIN_MS;
  for (;;) {
    const [row] = await installation.query<{ active: number }>(
      `SELECT count(*)::int AS active FROM runs
       WHERE pipeline LIKE 'auto-%' AND status IN ('pending', 'running')`,
    );
    const facts = await readFacts(installation, watched, changes);
    const isSettled = row?.active === 0 && findFiringFaults(facts).length === 0;
    if (isSettled || performance.now() > deadline) return facts;
    await pause(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function readFacts(
  { query }: Installation,
  { schedules, after, files, hook, until }: Watched & { until: Date },
  changes: Changes,
): Promise<AutomationFacts> {
  const ids = [...schedules.map(({ id }) => id), after, files, hook];
  const rows = await query<FiringRow>(READ_FIRINGS, [ids]);
  const orphans = await query<{ id: string }>(READ_ORPHANS, [ids]);
  const spans = await query<{ id: string; after: Date }>(READ_SPANS, [ids]);
  const successes = await query<{ id: string }>(
    `SELECT id::text FROM runs WHERE pipeline = 'auto-timed' AND status = 'success'`,
  );
  return {
    timed: schedules.map(({ id, name, offset }) => {
      const span = spans.find((one) => one.id === id);
      if (span === undefined) throw new Error(`the schedule ${name} is gone`);
      const every = { everySeconds: EVERY_SECONDS, offsetSeconds: offset };
      return { id, name, ...every, after: span.after, until };
    }),
    caused: [
      { id: after, name: 'after', causes: successes.map(({ id }) => `run ${id}`) },
      { id: files, name: 'files', causes: changes.files.map((name) => `file ${name}`) },
      { id: hook, name: 'hook', causes: changes.deliveries.map((key) => `delivery ${key}`) },
    ],
    firings: rows.map(toFiring),
    orphans: orphans.map(({ id }) => id),
  };
}

interface FiringRow {
  id: string;
  source_id: string;
  outcome: string;
  scheduled_for: Date | null;
  scheduled_until: Date | null;
  count: number;
  run_id: string | null;
  causes: FiringCause[] | null;
  runs: string[];
}

const READ_FIRINGS = `SELECT
    f.id::text,
    f.source_id::text,
    f.outcome,
    f.scheduled_for,
    f.scheduled_until,
    f.count,
    f.run_id::text,
    f.causes,
    ARRAY(SELECT r.id::text FROM runs r WHERE r.firing_id = f.id) AS runs
  FROM firings f WHERE f.source_id = ANY ($1::uuid[]) ORDER BY f.position`;

const READ_ORPHANS = `SELECT r.id::text FROM runs r
  WHERE r.source_id = ANY ($1::uuid[])
    AND NOT EXISTS (SELECT FROM firings f WHERE f.id = r.firing_id)`;

/** A schedule decides every time after it was made. */
const READ_SPANS = `SELECT id::text, created_at AS after FROM schedules WHERE id = ANY ($1::uuid[])`;

function toFiring(row: FiringRow): ToldFiring {
  return {
    id: row.id,
    sourceId: row.source_id,
    outcome: row.outcome,
    scheduledFor: row.scheduled_for ?? undefined,
    scheduledUntil: row.scheduled_until ?? undefined,
    count: row.count,
    runId: row.run_id ?? undefined,
    causes: (row.causes ?? []).flatMap(keysOfCause),
    runs: row.runs,
  };
}

function keysOfCause(cause: FiringCause): string[] {
  switch (cause.kind) {
    case 'run':
      return [`run ${cause.run_id}`];
    case 'files':
      return cause.files.map((name) => `file ${name}`);
    case 'delivery':
      return [`delivery ${cause.delivery_id}`];
    case 'table':
    case 'person':
      return [cause.kind];
  }
}
