// Runs SQL from a grammar, with the engine's own list of functions, in the sandboxes of pipelines
// and queries. Prints one JSON object: the number of texts, and the faults. Usage: fuzz-sql.mjs
// FOLDER SEED TEXTS
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  askEngine,
  inSession,
  openOne,
  paths,
  report,
  tryInSession,
  tryQuery,
} from './hostile-sandbox.mjs';
import { NAME_QUERIES, namesOf, sqlGrammar } from './sql-grammar.mjs';

const [root, seed, texts] = process.argv.slice(2);
/** A query opens its own engine, which costs more than the query itself. */
const QUERY_EVERY = 5;
const REOPEN_EVERY = 250;

const grammar = sqlGrammar(Number(seed), namesOf(await askEngine(...NAME_QUERIES)), paths);
const places = Object.keys(inSession);
const PREPARE = `CREATE OR REPLACE TABLE t AS SELECT 1 AS a, 'x' AS b, NULL::INT AS c`;
const current = join(root, '..', `${root.split('/').at(-1)}.sql`);
await openOne();
await tryInSession('statement', PREPARE);
for (let n = 0; n < Number(texts); n += 1) {
  const text = n % 2 === 0 ? grammar.question() : grammar.statement();
  // When a text crashes this process, the file contains it.
  writeFileSync(current, text);
  const isSelect = /^(SELECT|WITH|FROM)/.test(text);
  await tryInSession(isSelect ? places[n % places.length] : 'statement', text);
  if (n % QUERY_EVERY === 0) await tryQuery(text);
  if (n % REOPEN_EVERY === REOPEN_EVERY - 1) {
    await openOne();
    await tryInSession('statement', PREPARE);
  }
}
await report({ texts: Number(texts) });
