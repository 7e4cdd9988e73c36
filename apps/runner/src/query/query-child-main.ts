import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  QUERY_ROWS_FILE,
  queryParentMessage,
  type QueryChildMessage,
  type QueryCommand,
} from '@rat/contracts';
import { InputError } from '@rat/domain';
import { StatementError, type QueryTable } from '@rat/engine';
import { duckdbEngine } from '@rat/engine-duckdb';
import { startChild } from '../child-process/child-bootstrap.ts';
import { planMemory } from '../child-process/memory-limits.ts';
import { fileSystemCode } from '../table-commit/file-system-code.ts';
import { tableRefs } from './table-refs.ts';

/*
 * The process that answers one query and ends. It starts without the runner's environment, and ends when the channel to
 * its parent closes. The parent kills it when the query takes too long.
 */

function send(message: QueryChildMessage): void {
  process.send?.(message);
}

const engine = duckdbEngine;

/** Set while the child waits for the tables from its parent. */
let onTables: ((tables: readonly QueryTable[]) => void) | undefined;

async function answer(command: QueryCommand): Promise<void> {
  try {
    const [select, second] = engine.splitStatements(command.sql);
    if (select === undefined) throw new InputError('the query is empty');
    if (second !== undefined) throw new InputError('a query is one statement; there are several');
    const refs = tableRefs(await engine.findTableNames(select), command.namespace);
    const sent = new Promise<readonly QueryTable[]>((resolve) => {
      onTables = resolve;
    });
    send({ type: 'resolve', tables: refs });
    const memoryLimitMb = planMemory(command).engineMb;
    const tables = await sent;
    const path = join(command.tempDir, QUERY_ROWS_FILE);
    const { format = 'json' } = command;
    if (format !== 'json') {
      const options = { ...command, memoryLimitMb, tables, format, path };
      send({ type: 'answer', ...(await engine.exportQuery(select, options)) });
      return;
    }
    const answered = await engine.query(select, { ...command, memoryLimitMb, tables });
    const { columns, rows, truncated } = answered;
    await writeFile(path, JSON.stringify(rows), { flag: 'wx' });
    send({ type: 'answer', columns, rowCount: rows.length, truncated });
  } catch (error) {
    if (error instanceof StatementError) send({ type: 'failed', failure: error.failure });
    else if (error instanceof InputError) {
      send({ type: 'failed', failure: { code: 'sql_error', message: error.message } });
    } else if (fileSystemCode(error) === 'ENOSPC') {
      send({ type: 'failed', failure: { code: 'disk_full', message: 'no room for the rows' } });
    } else throw error;
  }
}

startChild({
  parse: (raw) => queryParentMessage.parse(raw),
  onMessage: (message) => {
    if (message.type === 'query') return answer(message);
    onTables?.(message.tables);
  },
  // A machine short of memory must lose a query before it loses a run.
  oomScoreAdj: 700,
  defectSignal: 'SIGKILL',
});
