import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  FailingRowsCommand,
  InputsAnswer,
  PreviewCommand,
  QueryChildMessage,
  QueryCommand,
  ValidateCommand,
} from '@rat/contracts';
import { QUERY_ROWS_FILE, queryParentMessage } from '@rat/contracts/children';
import { InputError, type PipelineRef } from '@rat/domain';
import { StatementError, type QueryTable } from '@rat/engine';
import { duckdbEngine } from '@rat/engine-duckdb';
import { checkPipeline } from '../authoring/check-pipeline.ts';
import { previewPipeline } from '../authoring/preview-pipeline.ts';
import { startChild } from '../child-process/child-bootstrap.ts';
import type { ResolvedInputs } from '../executor-protocol/execution-host.ts';
import { planMemory } from '../child-process/memory-limits.ts';
import { fileSystemCode } from '../table-commit/file-system-code.ts';
import { failingRowsSql } from './failing-rows-sql.ts';
import { rehearse } from './rehearse.ts';
import { rowsText } from './rows-text.ts';
import { tableRefs } from './table-refs.ts';

/*
 * The process that answers one query, previews one unsaved pipeline, or checks unsaved pipelines of
 * one namespace, one after the other. While it waits for the first, it rehearses. It starts without
 * the runner's environment, and ends when the channel to its parent closes. The parent kills it after
 * the answer, and when it takes too long.
 */

function send(message: QueryChildMessage): void {
  process.send?.(message);
}

const engine = duckdbEngine;

/** The inputs that the templates of an unsaved pipeline name. */
interface WantedInputs {
  tables: PipelineRef[];
  landingZones: string[];
  mayLack?: string[] | undefined;
}

/** Set while the child waits for the tables from its parent. */
let onTables: ((tables: readonly QueryTable[]) => void) | undefined;

/** Set while the child waits for the inputs of an unsaved pipeline. */
let onInputs: ((inputs: ResolvedInputs) => void) | undefined;

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
    const { text, ...head } = rowsText(answered, command);
    await writeFile(path, text, { flag: 'wx' });
    send({ type: 'answer', ...head });
  } catch (error) {
    if (error instanceof StatementError) send({ type: 'failed', failure: error.failure });
    else if (error instanceof InputError) {
      send({ type: 'failed', failure: { code: 'sql_error', message: error.message } });
    } else if (fileSystemCode(error) === 'ENOSPC') {
      send({ type: 'failed', failure: { code: 'disk_full', message: 'no room for the rows' } });
    } else throw error;
  }
}

async function answerFailingRows(command: FailingRowsCommand): Promise<void> {
  let sql: string;
  try {
    sql = failingRowsSql(engine, command);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    send({ type: 'failed', failure: { code: 'sql_error', message: error.message } });
    return;
  }
  await answer({ ...command, type: 'query', sql, namespace: command.pipeline.namespace });
}

async function check(command: ValidateCommand): Promise<void> {
  const limited = { ...command, memoryLimitMb: planMemory(command).engineMb };
  const checked = await checkPipeline(engine, limited, findInputs);
  send({ type: 'checked', ...checked });
}

async function preview(command: PreviewCommand): Promise<void> {
  const limited = { ...command, memoryLimitMb: planMemory(command).engineMb };
  const previewed = await previewPipeline(engine, limited, requestInputs);
  if ('failure' in previewed) {
    send({ type: 'unable', failure: previewed.failure });
    return;
  }
  const { rows, head } = previewed;
  const { text, columns, truncated, rowCount } = rowsText({ ...head, rows }, command);
  await writeFile(join(command.tempDir, QUERY_ROWS_FILE), text, { flag: 'wx' });
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  send({ type: 'previewed', ...head, columns, truncated, shownRows: rowCount, peakBytes });
}

async function findInputs(wanted: WantedInputs): Promise<InputsAnswer> {
  if (wanted.tables.length === 0 && wanted.landingZones.length === 0) {
    return { type: 'inputs', tables: {}, landingZones: {} };
  }
  const answer = await requestInputs(wanted);
  if (answer.type !== 'inputs') throw new Error(`a check was answered with ${answer.type}`);
  return answer;
}

function requestInputs(wanted: WantedInputs): Promise<ResolvedInputs> {
  const sent = new Promise<ResolvedInputs>((resolve) => {
    onInputs = resolve;
  });
  send({ type: 'resolve', ...wanted });
  return sent;
}

/** A process that was started for a question has received it by then. */
const REHEARSE_AFTER_MS = 20;
const rehearsal = setTimeout(() => {
  // Without it the first answer takes longer, and fails by itself where DuckDB does not open.
  rehearse(engine).catch(() => undefined);
}, REHEARSE_AFTER_MS);

startChild({
  parse: (raw) => queryParentMessage.parse(raw),
  onMessage: (message) => {
    clearTimeout(rehearsal);
    switch (message.type) {
      case 'query':
        return answer(message);
      case 'failing-rows':
        return answerFailingRows(message);
      case 'validate':
        return check(message);
      case 'tables':
        onTables?.(message.tables);
        return;
      case 'preview':
        return preview(message);
      case 'inputs':
      case 'refuse':
        onInputs?.(message);
    }
  },
  // A machine short of memory must lose a query before it loses a run.
  oomScoreAdj: 700,
  defectSignal: 'SIGKILL',
});
