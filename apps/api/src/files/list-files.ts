import type { FILE_TYPES, FileList } from '@rat/contracts';
import { InputError, isLayer, isSlug } from '@rat/domain';
import { findSourceFile, toFiles, toSource, type SourceFile } from '@rat/pipelines';
import { listEditedContent, type ContentScope } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { clientGone } from '../http/client-gone.ts';
import type { ZoneParams } from '../landing-zones/parse-landing-params.ts';
import { logicalPath } from '../landing-zones/present-landing-file.ts';
import { call } from '../runner-client/call.ts';
import type { RunnerDeps } from '../runner-client/with-runner.ts';
import { pipelinePrefix } from '../pipelines/pipeline-paths.ts';
import { refuseUnclear } from './parse-file-path.ts';
import type { FileDeps } from './store-file.ts';

/** The most files of an answer: it has no pages. */
const FILES_MAX = 10_000;

/** Where a zone keeps the files that runs have archived. */
const PROCESSED_FOLDER = '_processed';

type FileListDeps = FileDeps & RunnerDeps;

type FileType = (typeof FILE_TYPES)[number];

const TYPES: Record<SourceFile['kind'], FileType> = {
  pipeline: 'pipeline-sql',
  config: 'config',
  test: 'test',
  'test settings': 'meta',
};

/** GET /api/v1/files: the files whose path begins with `prefix`, sorted by path. */
export function listFilesRoute(deps: FileListDeps): HandledOperation<'listFiles'> {
  return handleOperation('listFiles', async (_req, res, { query }) => {
    const signal = clientGone(res);
    const { prefix: asked = '', exclude = '' } = query;
    const excluded = exclude.split(',').filter((name) => name !== '');
    const answer: FileList = { files: [] };
    for (const prefix of typeof asked === 'string' ? [asked] : asked) {
      if (prefix !== '') refuseUnclear(prefix, 'prefix');
      const zone = processedIn(prefix);
      const files =
        zone === undefined
          ? filesBelow(deps, prefix)
          : await processedBelow(deps, zone, { prefix, signal });
      for await (const file of files) {
        if (isExcluded(file.path, excluded)) continue;
        if (answer.files.length === FILES_MAX) throw tooMany();
        answer.files.push(file);
      }
    }
    answer.files.sort((one, other) => (one.path < other.path ? -1 : 1));
    res.json(answer);
  });
}

type ListedFile = FileList['files'][number];

/** The zone whose processed files begin with `prefix`; undefined for any other prefix. */
function processedIn(prefix: string): ZoneParams | undefined {
  const [namespace = '', landing, zone = '', folder] = prefix.split('/');
  const isProcessed = landing === 'landing' && folder === PROCESSED_FOLDER;
  return isProcessed && isSlug(namespace) && isSlug(zone) ? { namespace, zone } : undefined;
}

/**
 * The files of a zone that runs have archived: clients of the reference platform look for them here. A
 * runner lists them, so a prefix that does not name them never asks for it.
 */
async function processedBelow(
  deps: RunnerDeps,
  zone: ZoneParams,
  { prefix, signal }: { prefix: string; signal: AbortSignal },
): Promise<ListedFile[]> {
  const page = { processed: true, limit: FILES_MAX + 1, offset: 0 };
  const { files } = await call(deps, 'list-landing-files', { ...zone, ...page }, signal);
  return files
    .map(({ name, bytes, modified_at: modified }) => ({
      path: logicalPath(zone, `${PROCESSED_FOLDER}/${name}`),
      size: bytes,
      modified,
      type: 'landing' as const,
    }))
    .filter(({ path }) => path.startsWith(prefix));
}

async function* filesBelow({ db }: FileDeps, prefix: string): AsyncGenerator<ListedFile> {
  for await (const content of listEditedContent(db, scopeOf(prefix))) {
    const folder = pipelinePrefix(content.ref);
    // Whole pipelines are passed over before their files are made.
    if (!folder.startsWith(prefix) && !prefix.startsWith(folder)) continue;
    for (const [name, text] of toFiles(toSource(content))) {
      const path = folder + name;
      if (!path.startsWith(prefix)) continue;
      const type = TYPES[findSourceFile(name)?.kind ?? 'test'];
      yield { path, size: Buffer.byteLength(text), modified: content.at.toISOString(), type };
    }
  }
}

/** The pipelines that can have such a path. A folder counts only with the slash at its end. */
function scopeOf(prefix: string): ContentScope {
  const [namespace, , layer = '', name] = prefix.split('/').slice(0, -1);
  return { namespace, layer: isLayer(layer) ? layer : undefined, name };
}

/** Whether one of the folders is on the path, as the reference platform's clients expect it. */
function isExcluded(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.includes(`/${folder}/`));
}

function tooMany(): InputError {
  const message = `more than ${FILES_MAX} files match: name a namespace, a layer or a pipeline, as in shop/pipelines/silver/`;
  return new InputError(`prefix: ${message}`, [{ path: 'prefix', message }]);
}
