import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  QUERY_ROWS_FILE,
  queryParentMessage,
  type QueryChildMessage,
  type QueryCommand,
} from '@rat/contracts';
import { InputError } from '@rat/domain';
import { answerQuery, queryTables, splitStatements, StatementError } from '@rat/engine';
import { planMemory } from '../child-process/memory-limits.ts';
import { fileSystemCode } from '../table-commit/file-system-code.ts';
import { tableRefs } from './table-refs.ts';

/*
 * The process that answers one query and ends. It is forked without the runner's environment and ends when the channel
 * to its parent does; a parent that loses patience kills it.
 */

function send(message: QueryChildMessage): void {
  process.send?.(message);
}

/** Set while the child waits to be told of its tables. */
let onTables: ((tables: Parameters<typeof answerQuery>[1]['tables']) => void) | undefined;

async function answer(command: QueryCommand): Promise<void> {
  try {
    const [select, second] = splitStatements(command.sql);
    if (select === undefined) throw new InputError('the query is empty');
    if (second !== undefined) throw new InputError('a query is one statement; there are several');
    const refs = tableRefs(await queryTables(select), command.namespace);
    const told = new Promise<Parameters<typeof answerQuery>[1]['tables']>((resolve) => {
      onTables = resolve;
    });
    send({ type: 'resolve', tables: refs });
    const memoryLimitMb = planMemory(command).engineMb;
    const tables = await told;
    const answered = await answerQuery(select, { ...command, memoryLimitMb, tables });
    const { columns, rows, truncated } = answered;
    await writeFile(join(command.tempDir, QUERY_ROWS_FILE), JSON.stringify(rows), { flag: 'wx' });
    send({ type: 'answer', columns, rowCount: rows.length, truncated });
  } catch (error) {
    if (error instanceof StatementError) send({ type: 'failed', failure: error.failure });
    else if (error instanceof InputError) {
      send({ type: 'failed', failure: { code: 'sql_error', message: error.message } });
    } else if (fileSystemCode(error) === 'ENOSPC') {
      send({ type: 'failed', failure: { code: 'disk_full', message: 'no room for the rows' } });
    } else die(error);
  }
}

/** Without tidying up: DuckDB may be at work on its own threads, and an orderly exit would wait for them. */
function die(error?: unknown): void {
  if (error !== undefined) process.stderr.write(`${inspect(error)}\n`);
  process.kill(process.pid, 'SIGKILL');
}

process.on('message', (raw) => {
  try {
    const message = queryParentMessage.parse(raw);
    if (message.type === 'query') answer(message).catch(die);
    else onTables?.(message.tables);
  } catch (error) {
    die(error);
  }
});
process.on('disconnect', () => die());
// Ctrl+C reaches the whole group; the runner decides.
process.on('SIGINT', () => undefined);

// A machine short of memory shall lose a query before it loses a run. Only Linux has the file.
writeFile('/proc/self/oom_score_adj', '700').catch(() => undefined);
