import type { InputsAnswer, RunnerRequest, RunnerResponse, ValidateCommand } from '@rat/contracts';
import {
  formatRef,
  InputError,
  TimedOutError,
  UnprocessableError,
  type Failure,
  type PipelineRef,
} from '@rat/domain';
import { tableScanSql } from '@rat/engine-duckdb/table-sql';
import { findRefSnapshot, MAIN_BRANCH, readTableState, type Schema } from '@rat/iceberg';
import { findTables } from '@rat/store';
import { resolveInputs } from '../attempt/resolve-inputs.ts';
import { inputsFolder } from '../executor-protocol/attempt-folders.ts';
import { withTableName } from '../table-commit/with-table-name.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';

/** A check reads no rows of tables; only files of landing zones can make it slow. */
const TIMEOUT_MS = 15_000;

/**
 * Binds an unsaved pipeline and its tests against the columns of the tables that exist. Throws
 * LimitError and UnavailableError as queries do; SQL that breaks its process is an issue.
 */
export async function validatePipeline(
  deps: RunnerApiDeps,
  request: RunnerRequest<'validate-pipeline'>,
  signal: AbortSignal,
): Promise<RunnerResponse<'validate-pipeline'>> {
  const { client = '', mayWait, ...unsaved } = request;
  const target = await findTarget(deps, unsaved.pipeline);
  try {
    return await deps.queries.ask(
      {
        what: 'check of the pipeline',
        timeoutMs: TIMEOUT_MS,
        command: (limits) => ({ type: 'validate', ...unsaved, ...target, ...limits }),
        resolve: async ({ tables, landingZones = [] }, tempDir, ends) => {
          const { namespace } = unsaved.pipeline;
          const shown = await showColumns(deps, tables);
          const folder = inputsFolder(tempDir);
          const wanted = { namespace, tables: [], landingZones, mayLack: landingZones, folder };
          const { answer } = await resolveInputs(deps, { ...wanted, signal: ends });
          if (answer.type === 'refuse') return withMissing(shown, landingZones, answer.failure);
          const missing = { ...shown.missing, ...answer.missing };
          return { ...answer, tables: shown.tables, missing };
        },
        read: (last) => {
          if (last.type !== 'checked') throw new Error(`a check was answered with ${last.type}`);
          return Promise.resolve({ issues: last.issues, columns: last.columns });
        },
      },
      { client, mayWait, signal },
    );
  } catch (error) {
    if (!(error instanceof InputError) && !(error instanceof TimedOutError)) throw error;
    const message = `the SQL was not checked to its end: ${error.message}`;
    return { issues: [{ path: 'sql', message, severity: 'warning', never: false }], columns: [] };
  }
}

type Shown = Pick<InputsAnswer, 'tables'> & { missing: Record<string, Failure> };

/** Each table as a SELECT of its columns without rows. One that cannot be read is missing. */
async function showColumns(
  deps: Pick<RunnerApiDeps, 'db' | 'tables'>,
  refs: readonly PipelineRef[],
): Promise<Shown> {
  const found = await findTables(deps.db, refs);
  const shown: Shown = { tables: {}, missing: {} };
  for (const ref of refs) {
    const name = formatRef(ref);
    const location = found.get(name);
    try {
      const schema = location === undefined ? undefined : await readSchema(deps, ref, location);
      if (schema !== undefined) {
        shown.tables[name] = { sql: tableScanSql({ schema, files: [] }), files: [] };
        continue;
      }
      const message = `table ${name} does not exist yet: no run has published it`;
      shown.missing[name] = { code: 'source_not_found', message };
    } catch (error) {
      if (!(error instanceof UnprocessableError)) throw error;
      shown.missing[name] = { code: 'config_error', message: error.message };
    }
  }
  return shown;
}

/** The columns of a table's main; undefined while nothing has been published. */
async function readSchema(
  deps: Pick<RunnerApiDeps, 'tables'>,
  ref: PipelineRef,
  location: string,
): Promise<Schema | undefined> {
  const { metadata } = await withTableName(ref, () => readTableState(deps.tables, location));
  const main = findRefSnapshot(metadata, MAIN_BRANCH);
  if (main === undefined) return undefined;
  const id = main['schema-id'] ?? metadata['current-schema-id'];
  return metadata.schemas.find((schema) => schema['schema-id'] === id);
}

/** The pipeline's own table, without its files. A table that cannot be read is left out. */
async function findTarget(
  deps: Pick<RunnerApiDeps, 'db' | 'tables'>,
  pipeline: PipelineRef,
): Promise<Pick<ValidateCommand, 'target'>> {
  const location = (await findTables(deps.db, [pipeline])).get(formatRef(pipeline));
  if (location === undefined) return {};
  try {
    const schema = await readSchema(deps, pipeline, location);
    if (schema === undefined) return {};
    const { metadata } = await readTableState(deps.tables, location);
    return {
      target: {
        schema,
        lastColumnId: metadata['last-column-id'],
        specs: metadata['partition-specs'],
        lastPartitionId: metadata['last-partition-id'],
        files: [],
      },
    };
  } catch (error) {
    if (!(error instanceof UnprocessableError)) throw error;
    return {};
  }
}

function withMissing(shown: Shown, zones: readonly string[], failure: Failure): InputsAnswer {
  const missing = { ...shown.missing };
  for (const zone of zones) missing[zone] = failure;
  return { type: 'inputs', tables: shown.tables, landingZones: {}, missing };
}
