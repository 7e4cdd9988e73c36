import type { InputsAnswer, RunnerRequest, RunnerResponse, ValidateCommand } from '@rat/contracts';
import {
  formatRef,
  InputError,
  TimedOutError,
  UnprocessableError,
  type Failure,
  type NamespaceSet,
  type PipelineRef,
} from '@rat/domain';
import { tableScanSql } from '@rat/engine-duckdb/table-sql';
import {
  findRefSnapshot,
  MAIN_BRANCH,
  readTableState,
  type Schema,
  type TableMetadata,
} from '@rat/iceberg';
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
  const { client = '', mayWait, mayRead, ...unsaved } = request;
  const target = await findTarget(deps, unsaved.pipeline);
  try {
    return await deps.queries.ask(
      {
        what: 'check of the pipeline',
        // As in executors: what an author leaves behind in a process reaches no other namespace.
        namespace: unsaved.pipeline.namespace,
        timeoutMs: TIMEOUT_MS,
        command: (limits) => ({ type: 'validate', ...unsaved, ...target, ...limits }),
        resolve: async ({ tables, landingZones = [] }, tempDir, ends) => {
          const { namespace } = unsaved.pipeline;
          const shown = await showColumns(deps, tables, mayRead);
          const folder = inputsFolder(tempDir);
          const zones = { landingZones, mayLack: landingZones, folder };
          const wanted = { namespace, mayRead, tables: [], ...zones, signal: ends };
          const { answer } = await resolveInputs(deps, wanted);
          // All zones may be missing, so none of them ends the check.
          if (answer.type === 'skip') throw new Error('a check can do without its landing zones');
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
  mayRead: NamespaceSet,
): Promise<Shown> {
  const found = await findTables(deps.db, refs, mayRead);
  const shown: Shown = { tables: {}, missing: {} };
  for (const ref of refs) {
    const name = formatRef(ref);
    const main = await readColumns(deps, ref, found.get(name));
    if ('schema' in main) {
      shown.tables[name] = { sql: tableScanSql({ schema: main.schema, files: [] }), files: [] };
    } else {
      shown.missing[name] = main;
    }
  }
  return shown;
}

/** A table's metadata with the columns of its main, or why it has none. */
async function readColumns(
  deps: Pick<RunnerApiDeps, 'tables'>,
  ref: PipelineRef,
  location: string | undefined,
): Promise<{ metadata: TableMetadata; schema: Schema } | Failure> {
  const message = `table ${formatRef(ref)} does not exist yet: no run has published it`;
  const none: Failure = { code: 'source_not_found', message };
  if (location === undefined) return none;
  try {
    const { metadata } = await withTableName(ref, () => readTableState(deps.tables, location));
    const main = findRefSnapshot(metadata, MAIN_BRANCH);
    if (main === undefined) return none;
    const id = main['schema-id'] ?? metadata['current-schema-id'];
    const schema = metadata.schemas.find((one) => one['schema-id'] === id);
    return schema === undefined ? none : { metadata, schema };
  } catch (error) {
    if (!(error instanceof UnprocessableError)) throw error;
    return { code: 'config_error', message: error.message };
  }
}

/** The pipeline's own table, without its files. A table that cannot be read is left out. */
async function findTarget(
  deps: Pick<RunnerApiDeps, 'db' | 'tables'>,
  pipeline: PipelineRef,
): Promise<Pick<ValidateCommand, 'target'>> {
  const found = await findTables(deps.db, [pipeline]);
  const main = await readColumns(deps, pipeline, found.get(formatRef(pipeline)));
  if (!('schema' in main)) return {};
  const { metadata, schema } = main;
  return {
    target: {
      schema,
      lastColumnId: metadata['last-column-id'],
      specs: metadata['partition-specs'],
      lastPartitionId: metadata['last-partition-id'],
      files: [],
    },
  };
}

function withMissing(shown: Shown, zones: readonly string[], failure: Failure): InputsAnswer {
  const missing = { ...shown.missing };
  for (const zone of zones) missing[zone] = failure;
  return { type: 'inputs', tables: shown.tables, landingZones: {}, missing };
}
