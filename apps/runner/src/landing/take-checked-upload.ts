import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { UploadRequest } from '@rat/contracts';
import { UnavailableError, UnprocessableError, type Column, type Issue } from '@rat/domain';
import type { FileFormat, FileProblem } from '@rat/engine-duckdb';
import { receiveLandingFile, type LandingZones, type ReceivedFile } from '@rat/storage';
import { fileFormat } from './file-format.ts';
import type { FileInspector } from './file-inspector.ts';
import { makeReadableFolder } from './readable-folder.ts';

/** What taking a file into a zone with expected columns needs. */
export interface CheckedUploadDeps {
  landing: LandingZones;
  inspector: Pick<FileInspector, 'check'>;
  tempDir: string;
  /** The group of the children's users; undefined when they run as our own user. */
  executorGid: number | undefined;
}

/** Throws UnprocessableError for a name that no reader of the zone's columns belongs to. */
export function checkableFormat({ zone, name }: UploadRequest): FileFormat {
  const format = fileFormat(name);
  if (format !== undefined) return format;
  const message = `landing zone ${zone} has expected columns, so the name of a file must end with .csv, .tsv, .txt, .json, .jsonl or .ndjson, also with .gz or .zst, or with .parquet`;
  throw new UnprocessableError(`name: ${message}`, [{ path: 'name', message }]);
}

/**
 * Receives a file into a folder of the runner, compares it with the expected columns, and only then
 * stores it in the zone: no run sees a file that does not fit. Throws UnprocessableError with the
 * differences, and the errors of `receiveLandingFile` and of the inspector.
 *
 * The file is written twice, which zones without expected columns do not pay for. Storing it in the
 * zone first would show it to runs, and a remote store has no paths that DuckDB can open.
 */
export async function takeCheckedUpload(
  { landing, inspector, tempDir, executorGid }: CheckedUploadDeps,
  target: UploadRequest,
  { format, expected }: { format: FileFormat; expected: readonly Column[] },
  { content, signal }: { content: AsyncIterable<Uint8Array>; signal: AbortSignal },
): Promise<ReceivedFile> {
  const { name } = target;
  const folder = join(tempDir, `upload_${randomUUID()}`);
  const path = join(folder, name);
  try {
    await makeReadableFolder(folder, executorGid);
    const bytes = await writeAll(path, content);
    await chmod(path, 0o440);
    const problems = await inspector.check({ folder, name, format, bytes }, expected, signal);
    if (problems.length > 0) throw doesNotFit(target, problems);
    return await receiveLandingFile(landing, target, createReadStream(path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeAll(path: string, content: AsyncIterable<Uint8Array>): Promise<number> {
  const file = await open(path, 'wx');
  let bytes = 0;
  try {
    for await (const piece of content) {
      await file.writeFile(piece);
      bytes += piece.length;
    }
    return bytes;
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new UnavailableError('the disk has no space left for this file', { cause: error });
  } finally {
    await file.close();
  }
}

const ISSUES_MAX = 50;

function doesNotFit(
  { zone, name }: UploadRequest,
  problems: readonly FileProblem[],
): UnprocessableError {
  const issues = problems.slice(0, ISSUES_MAX).map(({ column = '', message, line }): Issue => {
    return { path: column, message, ...(line === undefined ? {} : { line }) };
  });
  const [first] = issues;
  const what = first === undefined || first.path === '' ? '' : `${first.path}: `;
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
  const message = `${name} does not fit the expected columns of landing zone ${zone}: ${what}${first?.message ?? ''}${more}`;
  return new UnprocessableError(message, issues);
}
