import { NS } from './pipelines.mjs';

const LOG_FORMATS = ['json', 'ndjson', 'text', 'event-stream'];
/** One run in so many receives the rarer requests too: each of them takes a test time. */
const DETAILED_RUN = 5;
const STATUSES = ['pending', 'running', 'success', 'failed', 'cancelled'];

/**
 * Requests all that the API holds. Returns each request with its answer. Every answer
 * is one that two identical versions give byte for byte, except for the durations of queries.
 */
export async function askEverything(api) {
  const answers = [];
  const ask = async (request) => {
    const answer = await api.ask(request);
    if (answer.status >= 500) throw new Error(`${request.path}: ${answer.text}`);
    answers.push({ request, answer });
    return answer.type === 'application/json' ? JSON.parse(answer.text) : undefined;
  };
  const get = (path) => ask({ path });

  const { runs } = await askForLists(get);
  for (const [n, run] of runs.entries()) {
    await askForRun(get, run);
    if (n % DETAILED_RUN === 0 || run.status === 'pending') await askMoreForRun(get, run);
  }
  const { pipelines } = await get('/pipelines?limit=200');
  for (const one of pipelines) await askForPipeline(get, one);
  const { tables } = await get('/tables?limit=200');
  for (const one of tables) await askForTable(ask, one);
  await askForLandingZones(get);
  return answers;
}

async function askForLists(get) {
  const all = await get('/runs?limit=200');
  if (all.total > all.runs.length) throw new Error('one page must hold all runs');
  for (const status of STATUSES) await get(`/runs?status=${status}&limit=200`);
  for (const sort of ['created_at', '-duration_ms']) await get(`/runs?sort=${sort}&limit=200`);
  await get(`/runs?namespace=${NS}&layer=silver&pipeline=incremental`);
  await get('/runs?limit=5&offset=20');
  const first = await get('/runs?limit=30');
  await get(`/runs?limit=30&cursor=${encodeURIComponent(first.next_cursor)}`);
  return all;
}

async function askForRun(get, { id, status }) {
  await get(`/runs/${id}`);
  await get(`/runs/${id}/quality`);
  for (const format of LOG_FORMATS) {
    // The stream of a run that has not ended has no end.
    if (status === 'pending' && format === 'event-stream') continue;
    await get(`/runs/${id}/logs?format=${format}`);
  }
}

/** The parameters of a log, and why a run waits. */
async function askMoreForRun(get, { id, status }) {
  await get(`/runs/${id}/why`);
  await get(`/runs/${id}/logs?level=warn`);
  await get(`/runs/${id}/logs?phase=build&q=row`);
  if (status !== 'pending') await get(`/runs/${id}/logs?format=event-stream&after=3`);
}

async function askForPipeline(get, { namespace, layer, name }) {
  const path = `/pipelines/${namespace}/${layer}/${name}`;
  await get(path);
  const { tests } = await get(`${path}/tests`);
  for (const test of tests) await get(`${path}/tests/${test.name}/history`);
}

/** The facts of a table, and its rows in main, in its oldest snapshot and on the branch of each run. */
async function askForTable(ask, { namespace, layer, name }) {
  const path = `/tables/${namespace}/${layer}/${name}`;
  const { snapshots, refs } = await ask({ path });
  const sql = `SELECT * FROM "${namespace}".${layer}."${name}" ORDER BY ALL`;
  const query = (version) =>
    ask({ method: 'POST', path: '/query', body: { sql, limit: 2_000, ...version } });
  await query({});
  if (snapshots.length > 1) await query({ snapshot: snapshots.at(-1).id });
  for (const ref of refs) {
    if (ref.name !== 'main') await query({ branch: ref.name });
  }
}

async function askForLandingZones(get) {
  for (const namespace of ['default', NS]) {
    const { landing_zones: zones } = await get(`/landing-zones/${namespace}`);
    for (const { name } of zones) {
      const path = `/landing-zones/${namespace}/${name}/files`;
      await get(path);
      await get(`${path}?processed=true`);
    }
  }
}
