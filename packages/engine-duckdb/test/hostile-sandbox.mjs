// A pipeline's session and a query's, a secret file that neither may read, and checks of their
// results. For the processes that run hostile SQL; each has its own folder.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { StatementError } from '@rat/engine';
import { duckdbEngine } from '@rat/engine-duckdb';
import { openSession } from '@rat/engine-duckdb/testing';

const SECRET = 'canary-7f3a';
const STATEMENT_MS = 500;

const [root] = process.argv.slice(2);

export const paths = {
  secret: join(root, 'secret.txt'),
  input: join(root, 'input.csv'),
  staging: join(root, 'staging'),
  temp: join(root, 'temp'),
};
await writeFile(paths.secret, SECRET);
await writeFile(paths.input, 'a,b\n1,x\n');
for (const folder of [paths.staging, paths.temp]) await mkdir(folder);

/** Queries an unconfined engine for the names to try. */
export async function askEngine(...statements) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const answers = [];
  for (const sql of statements) {
    const rows = (await connection.runAndReadAll(sql)).getRowsJson();
    answers.push(rows.map((row) => row.map((value) => (typeof value === 'string' ? value : ''))));
  }
  connection.closeSync();
  instance.closeSync();
  return answers;
}

/** The faults, each with the text that caused it. */
export const wrong = [];
export const counts = { calls: 0, answered: 0, refused: 0, failed: 0 };

function judge(where, text, outcome) {
  counts.calls += 1;
  counts[outcome.kind] += 1;
  const shown = outcome.text;
  if (shown.includes(SECRET)) wrong.push({ where, text, what: 'read a file outside', shown });
  // A statement receives the delivered file's path, and contains paths, whole or mangled.
  const inText = text
    .split(root)
    .slice(1)
    .map((rest) => root + /^[^'"]*/.exec(rest)[0]);
  const [heading] = [paths.secret, paths.input, ...inText]
    .reduce((rest, path) => rest.replaceAll(path, ''), shown)
    .split('\n\nLINE');
  if (heading.includes(root)) wrong.push({ where, text, what: 'showed a path', shown: heading });
  if (outcome.code === 'internal' || outcome.code === 'storage_unavailable') {
    wrong.push({ where, text, what: `counted as ours: ${outcome.code}`, shown: heading });
  }
}

async function attempt(work) {
  try {
    const answer = await work();
    return { kind: 'answered', text: JSON.stringify(answer) ?? '' };
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    const { code, message } = error.failure;
    return { kind: message.includes('is not allowed') ? 'refused' : 'failed', code, text: message };
  }
}

let session;
export async function openOne() {
  session?.close();
  session = await openSession({
    inputs: {
      tables: { input: { sql: `SELECT * FROM read_csv('${paths.input}')`, files: [paths.input] } },
      fileLists: { 'landing_zone:in': [paths.input] },
    },
    stagingDir: paths.staging,
    tempDir: paths.temp,
    memoryLimitMb: 256,
    tempLimitMb: 64,
    threads: 1,
  });
}

/** The first statement; a text without one counts as failed. */
function statementOf(sql) {
  const [statement] = duckdbEngine.splitStatements(sql);
  if (statement !== undefined) return statement;
  throw new StatementError({ code: 'sql_error', message: 'no statement' });
}

export const inSession = {
  statement: (sql) => session.run(statementOf(sql)),
  definition: (sql) => session.run(statementOf(`CREATE OR REPLACE TEMP TABLE made AS ${sql}`)),
  result: (sql) => session.describe(statementOf(sql)),
  test: (sql) => session.lanes[0].query(statementOf(sql), { limit: 5, timeoutMs: STATEMENT_MS }),
};

export async function tryInSession(where, sql) {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    session.interrupt();
  }, STATEMENT_MS);
  try {
    judge(where, sql, await attempt(() => inSession[where](sql)));
  } catch (error) {
    if (!late) throw error;
    counts.calls += 1;
    counts.failed += 1;
  } finally {
    clearTimeout(timer);
    if (late) await openOne();
  }
}

/** Runs the text as a query in a new engine. */
export async function tryQuery(sql) {
  const answer = async () => {
    const statement = statementOf(sql);
    await duckdbEngine.findTableNames(statement);
    return duckdbEngine.query(statement, {
      tables: [],
      namespace: 'default',
      tempDir: paths.temp,
      memoryLimitMb: 256,
      tempLimitMb: 64,
      threads: 1,
      maxRows: 5,
      maxBytes: 1_000_000,
    });
  };
  judge('query', sql, await attempt(answer));
}

/** Closes the session, checks for written files, and prints the result of all calls. */
export async function report(facts) {
  session.close();
  const left = (await readdir(root)).toSorted();
  if (left.join() !== 'input.csv,secret.txt,staging,temp')
    wrong.push({ what: `made files: ${left}` });
  if ((await readFile(paths.secret, 'utf8')) !== SECRET)
    wrong.push({ what: 'changed a file outside' });
  if ((await readFile(paths.input, 'utf8')) !== 'a,b\n1,x\n')
    wrong.push({ what: 'changed an input' });
  const staged = await readdir(paths.staging);
  if (staged.length > 0) wrong.push({ what: `wrote into staging: ${staged}` });
  process.stdout.write(JSON.stringify({ ...facts, ...counts, wrong }));
}
