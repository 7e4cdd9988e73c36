// The lower bound for a preview: a process that opens DuckDB, answers one query, and prints that it
// did.
import { DuckDBInstance } from '@duckdb/node-api';
import { endWithBenchmark, setting } from './program.ts';

const instance = await DuckDBInstance.create(':memory:', { preserve_insertion_order: 'false' });
const connection = await instance.connect();
const reader = await connection.runAndReadAll(setting('SQL'));
const text = JSON.stringify(reader.getRowsJson());
console.log(`working ${text.length}`);
endWithBenchmark();
