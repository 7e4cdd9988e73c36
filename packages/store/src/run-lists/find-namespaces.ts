import type { Database } from '../db/database.ts';

/** The namespaces of these runs. A run that does not exist, or an id that is none, is in no namespace. */
export async function findRunNamespaces(db: Database, ids: readonly string[]): Promise<string[]> {
  const uuids = ids.filter((id) => UUID.test(id));
  const found = await db.pool.query<{ namespace: string }>({ ...OF_RUNS, values: [uuids] });
  return found.rows.map(({ namespace }) => namespace);
}

/** The namespaces of the runs that a plan cancels; none when there is no such plan. */
export async function findPlanNamespaces(db: Database, token: string): Promise<string[]> {
  const found = await db.pool.query<{ namespace: string }>({ ...OF_PLAN, values: [token] });
  return found.rows.map(({ namespace }) => namespace);
}

/** The namespace of a schedule; none when there is no such schedule. */
export async function findScheduleNamespaces(db: Database, id: string): Promise<string[]> {
  if (!UUID.test(id)) return [];
  const found = await db.pool.query<{ namespace: string }>({ ...OF_SCHEDULE, values: [id] });
  return found.rows.map(({ namespace }) => namespace);
}

/** The namespace of a trigger; none when there is no such trigger. */
export async function findTriggerNamespaces(db: Database, id: string): Promise<string[]> {
  if (!UUID.test(id)) return [];
  const found = await db.pool.query<{ namespace: string }>({ ...OF_TRIGGER, values: [id] });
  return found.rows.map(({ namespace }) => namespace);
}

/** The namespaces that a token is limited to; none when there is no such token, undefined when it has all. */
export async function findTokenNamespaces(db: Database, id: string): Promise<string[] | undefined> {
  if (!UUID.test(id)) return [];
  const found = await db.pool.query<{ namespaces: string[] | null }>({ ...OF_TOKEN, values: [id] });
  const [row] = found.rows;
  return row === undefined ? [] : (row.namespaces ?? undefined);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const OF_RUNS = {
  name: 'namespaces-of-runs',
  text: 'SELECT DISTINCT namespace FROM runs WHERE id = ANY ($1::uuid[])',
};

const OF_PLAN = {
  name: 'namespaces-of-plan',
  text: `SELECT DISTINCT r.namespace
    FROM cancel_plans p JOIN runs r ON r.id = ANY (p.run_ids::uuid[])
    WHERE p.id = $1`,
};

const OF_TOKEN = {
  name: 'namespaces-of-token',
  text: 'SELECT namespaces FROM tokens WHERE id = $1',
};

const OF_SCHEDULE = {
  name: 'namespace-of-schedule',
  text: `SELECT p.namespace FROM schedules s JOIN pipelines p ON p.id = s.pipeline_id WHERE s.id = $1`,
};

const OF_TRIGGER = {
  name: 'namespace-of-trigger',
  text: `SELECT p.namespace FROM triggers t JOIN pipelines p ON p.id = t.pipeline_id WHERE t.id = $1`,
};
