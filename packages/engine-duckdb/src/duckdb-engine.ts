import type {
  ChangeRequest,
  ComparedScans,
  EngineSession,
  QueryRows,
  SessionOptions,
  StagedOutput,
  Statement,
  TableDifference,
  TableEngine,
  TestLane,
} from '@rat/engine';
import { emptyInputs, readEmptyLists } from './landing/read-empty-lists.ts';
import { traceColumns } from './lineage/trace-columns.ts';
import { rewriteFiles } from './merge/rewrite-files.ts';
import { scanStaged } from './merge/scan-staged.ts';
import { stageResult } from './merge/stage-result.ts';
import { exportQuery } from './query/export-query.ts';
import { findTableNames } from './query/find-table-names.ts';
import { greatestValue } from './query/greatest-value.ts';
import { answerQuery } from './query/query-session.ts';
import { INPUT_SCHEMA, inputRelation, testedRelation } from './sandbox/definition-gate.ts';
import { splitStatements } from './sql/split-statements.ts';
import { openSession, type Session } from './session/session.ts';
import { authorsSql } from './sql/own-names.ts';
import { duckdbType } from './table-sql/column-types.ts';
import { tableScanSql } from './table-sql/table-scan-sql.ts';

/** DuckDB in this process. Each session and each query has a confined instance of its own. */
export const duckdbEngine: TableEngine = {
  capabilities: { manyStatements: true, landingZones: true },
  splitStatements,
  inputRelation,
  testedRelation,
  authorsSql,
  emptyInputs,
  readEmptyLists,
  typeName: duckdbType,
  scan: tableScanSql,
  scanStaged,
  open: async (options: SessionOptions) => new DuckdbSession(await openSession(options)),
  greatestValue,
  findTableNames,
  traceColumns,
  query: answerQuery,
  exportQuery,
  rewrite: rewriteFiles,
};

/** Adapts a DuckDB session to the port. */
class DuckdbSession implements EngineSession {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  run(statement: Statement): Promise<{ rows: number }> {
    return this.#session.run(statement);
  }

  parse(statement: Statement): Promise<{ dependsOnRows: boolean }> {
    return this.#session.parse(statement);
  }

  outline(statement: Statement): Promise<void> {
    return this.#session.outline(statement);
  }

  async columnsOf(result: Statement): Promise<{ name: string; type: string }[]> {
    await this.#session.describe(result);
    return this.#session.shownColumns(result);
  }

  preview(result: Statement, limits: { maxRows: number; maxBytes: number }): Promise<QueryRows> {
    return this.#session.preview(result, limits);
  }

  countWithin(result: Statement, timeoutMs: number): Promise<number | undefined> {
    return this.#session.countWithin(result, timeoutMs);
  }

  compare(scans: ComparedScans): Promise<TableDifference> {
    return this.#session.compare(scans);
  }

  bindTest(query: Statement): Promise<void> {
    return this.#session.lanes[0].bind(query);
  }

  stage(result: Statement, change: ChangeRequest): Promise<StagedOutput> {
    return stageResult(this.#session, result, change);
  }

  takeNotes(): { warnings: string[]; profile: string | undefined } {
    const { warnings, profile } = this.#session.takeNotes();
    return { warnings: warnings.map((warning) => `DuckDB warns: ${warning}`), profile };
  }

  showTested(name: string, scan: string): Promise<void> {
    return this.#session.showTested(name, scan);
  }

  async inputColumns(): Promise<Record<string, { name: string; type: string }[]>> {
    const rows = await this.#session.execute(
      `SELECT table_name, column_name, data_type FROM duckdb_columns()
       WHERE database_name = 'memory' AND schema_name = '${INPUT_SCHEMA}'
       ORDER BY table_name, column_index`,
    );
    const tables: Record<string, { name: string; type: string }[]> = {};
    for (const [table = '', name = '', type = ''] of rows.map((row) => row.map((v) => v ?? ''))) {
      (tables[table] ??= []).push({ name, type });
    }
    return tables;
  }

  async testedColumns(name: string): Promise<string[]> {
    const rows = await this.#session.execute(`DESCRIBE ${testedRelation(name)}`);
    return rows.map(([column]) => column ?? '');
  }

  async countRows(scan: string): Promise<number> {
    const [[count] = []] = await this.#session.execute(`SELECT count(*) FROM (${scan})`);
    return Number(count);
  }

  async testLanes(): Promise<readonly [TestLane, ...TestLane[]]> {
    const [first, ...others] = this.#session.lanes;
    // A test may read the pipeline's temporary objects, which only the first lane has.
    return (await this.#session.hasPrivateObjects()) ? [first] : [first, ...others];
  }

  interrupt(): void {
    this.#session.interrupt();
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}
