import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PreviewCommand, QueryParentMessage, RunnerRequest } from '@rat/contracts';
import { UnavailableError, UnprocessableError, type Failure } from '@rat/domain';
import { readSamples } from '@rat/storage';
import { resolveInputs } from '../attempt/resolve-inputs.ts';
import { inputsFolder } from '../executor-protocol/attempt-folders.ts';
import { pathOfSetting } from '../executor-protocol/path-of-setting.ts';
import type { Question } from '../query/query-runner.ts';
import { findTargetTable } from '../table-commit/current-table.ts';
import type { PreviewForm } from './present-preview.ts';
import { RowsAnswer } from './rows-answer.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';

/** The most that the rows of a preview may weigh. */
const ROWS_MAX_BYTES = 8 * 1024 * 1024;

/** Only `preview-run` and `preview-run-objects` have what a run may be given. */
type Preview = RunnerRequest<'preview-objects'> & Partial<RunnerRequest<'preview-run-objects'>>;
type Wanted = Parameters<Question<RowsAnswer>['resolve']>[0];

/**
 * Runs an unsaved pipeline in a process that may write nothing but its own temporary folder, on
 * tables that are pinned once. Answers the given form as text. Throws UnprocessableError for a
 * mistake of the author, with its place in the file, and otherwise as QueryRunner.ask does.
 */
export async function previewPipeline(
  deps: RunnerApiDeps,
  request: Preview,
  { present: form, signal }: { present: PreviewForm; signal: AbortSignal },
): Promise<RowsAnswer> {
  const began = performance.now();
  const { client = '', mayWait, mayRead: _, ...asked } = request;
  const { limit, sampleFiles = {}, sampleNames, ...unsaved } = asked;
  const target = await findTarget(deps, request);
  let snapshots: Record<string, string> = {};
  return deps.queries.ask(
    {
      what: 'preview',
      command: (limits) => ({
        type: 'preview',
        fullRefresh: false,
        ...unsaved,
        ...target,
        ...limits,
        runStartedAt: new Date().toISOString(),
        maxRows: limit,
        maxBytes: ROWS_MAX_BYTES,
        rowsAs: form.rowsAs,
      }),
      resolve: async (wanted, tempDir, ends) => {
        const found = await findInputs(deps, request, {
          wanted,
          tempDir,
          ends,
          samples: { sampleFiles, sampleNames },
        });
        snapshots = found.snapshots;
        return found.answer;
      },
      read: async (last, openRows) => {
        if (last.type === 'unable') throw toError(last.failure);
        if (last.type !== 'previewed') throw new Error(`a preview was answered with ${last.type}`);
        const { columns, type: _, ...head } = last;
        const rows = await openRows();
        const durationMs = Math.round(performance.now() - began);
        const after = JSON.stringify(form.present({ head, snapshots, durationMs })).slice(1);
        return new RowsAnswer({
          before: `{"columns":${JSON.stringify(columns)},"rows":`,
          middle: rows,
          after: `,${after}`,
        });
      },
    },
    { client, mayWait, signal },
  );
}

async function findTarget(
  deps: RunnerApiDeps,
  { pipeline, fullRefresh = false }: Preview,
): Promise<Pick<PreviewCommand, 'target'>> {
  const { current, main } = await findTargetTable(deps, pipeline, { fullRefresh });
  if (current === undefined || main === undefined) return {};
  return {
    target: {
      schema: main.schema,
      lastColumnId: current.metadata['last-column-id'],
      specs: current.metadata['partition-specs'],
      lastPartitionId: current.metadata['last-partition-id'],
      files: main.files,
    },
  };
}

/**
 * Pins the inputs as a run does. A zone for which the request has samples has these instead of its
 * files; a zone without files has the samples that are stored with it.
 */
async function findInputs(
  deps: RunnerApiDeps,
  { pipeline, mayRead }: Preview,
  asked: {
    wanted: Wanted;
    tempDir: string;
    ends: AbortSignal;
    samples: AskedSamples;
  },
): Promise<{ answer: QueryParentMessage; snapshots: Record<string, string> }> {
  const { wanted, tempDir, ends } = asked;
  const { tables, landingZones = [], mayLack } = wanted;
  const folder = inputsFolder(tempDir);
  const sampleFiles = await findSamples(deps, pipeline.namespace, landingZones, asked.samples);
  const isReal = (zone: string): boolean => !Object.hasOwn(sampleFiles, zone);
  const pinned = await resolveInputs(deps, {
    namespace: pipeline.namespace,
    mayRead,
    tables,
    landingZones: landingZones.filter(isReal),
    mayLack,
    folder,
    signal: ends,
  });
  if (!('landing' in pinned)) return { answer: pinned.answer, snapshots: {} };
  const { answer, snapshots } = pinned;
  if (answer.type === 'skip') {
    const message = `landing zone ${pipeline.namespace}/${answer.zone} has no files, and its on_empty is skip: a run would write nothing; give sample_files`;
    const failure: Failure = { code: 'source_not_found', message, phase: 'detect' };
    return { answer: { type: 'refuse', failure }, snapshots: {} };
  }
  const zones = { ...answer.landingZones };
  for (const zone of landingZones.filter((one) => !isReal(one))) {
    await mkdir(join(folder, zone), { recursive: true });
    zones[zone] = [];
    for (const { name, content } of sampleFiles[zone] ?? []) {
      await writeFile(join(folder, zone, name), content, { flag: 'wx' });
      zones[zone].push(`${zone}/${name}`);
    }
  }
  return { answer: { ...answer, landingZones: zones }, snapshots };
}

interface AskedSamples {
  sampleFiles: NonNullable<Preview['sampleFiles']>;
  sampleNames: readonly string[] | undefined;
}

type Samples = Record<string, { name: string; content: string | Uint8Array }[]>;

/**
 * The samples of the request, the stored ones that it names, and the stored ones of zones without files.
 * Throws UnprocessableError for a name that no zone has.
 */
async function findSamples(
  { warehouse }: RunnerApiDeps,
  namespace: string,
  zones: readonly string[],
  { sampleFiles, sampleNames = [] }: AskedSamples,
): Promise<Samples> {
  const found: Samples = { ...sampleFiles };
  const unknown = new Set(sampleNames.map(baseName));
  for (const zone of zones) {
    if (Object.hasOwn(sampleFiles, zone)) continue;
    const stored = await readSamples(warehouse.landing, namespace, zone);
    const named = stored.filter(({ name }) => unknown.has(name));
    if (named.length > 0) {
      found[zone] = named;
      continue;
    }
    const { files } = await warehouse.landing.listContent(namespace, zone);
    if (files.length === 0 && stored.length > 0) found[zone] = stored;
  }
  for (const samples of Object.values(found)) samples.forEach(({ name }) => unknown.delete(name));
  const [missing] = unknown;
  if (missing === undefined) return found;
  const message = `sample_files: no landing zone that the pipeline reads has a sample ${missing}`;
  throw new UnprocessableError(message, [{ path: 'sample_files', message }]);
}

/** A list of samples names them by path; the name is its last part. */
function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

const EXCERPT = /\n\n(?:LINE \d+: )?[^\n]*\n *\^$/;

/** The error for the author whose preview failed as a run would. */
function toError({ code, message, file, line, column, crash }: Failure): Error {
  switch (code) {
    case 'storage_unavailable':
    case 'catalog_unavailable':
    case 'commit_conflict':
      return new UnavailableError(message);
    case 'internal':
      if (crash === undefined) return new Error(message);
      break;
    default:
  }
  const test = /^tests\/quality\/(.*)\.sql$/.exec(file ?? '')?.[1];
  const place = line === undefined || column === undefined ? {} : { line, column };
  const own = code === 'config_error' ? pathOfSetting(message) : 'sql';
  return new UnprocessableError(message, [
    {
      path: test === undefined ? own : `quality_tests.${test}.sql`,
      message: message.replace(EXCERPT, ''),
      ...place,
      severity: 'error',
    },
  ]);
}
