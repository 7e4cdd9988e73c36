// Prints texts of the grammar as a JSON array, for tests that send them to the API. Usage:
// print-sql.mjs SEED TEXTS
import { DuckDBInstance } from '@duckdb/node-api';
import { NAME_QUERIES, namesOf, sqlGrammar } from './sql-grammar.mjs';

const [seed, texts] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
const answers = [];
for (const sql of NAME_QUERIES) answers.push((await connection.runAndReadAll(sql)).getRowsJson());
connection.closeSync();
instance.closeSync();
const paths = { secret: '/etc/passwd', input: '/etc/hostname', staging: '/tmp' };
const grammar = sqlGrammar(Number(seed), namesOf(answers), paths);
process.stdout.write(
  JSON.stringify(Array.from({ length: Number(texts) }, () => grammar.question())),
);
