import { createHash, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LandingFileContent } from '@rat/contracts';
import { ConflictError, NotFoundError, TimedOutError, UnprocessableError } from '@rat/domain';
import { pinLandingFiles, type LandingFile, type LocalLandingZones } from '@rat/storage';
import { fileFormat } from './file-format.ts';
import type { FileInspector } from './file-inspector.ts';
import { makeReadableFolder } from './readable-folder.ts';

/** What the facts of a file need. */
export interface LandingFileDeps {
  landing: LocalLandingZones;
  inspector: Pick<FileInspector, 'inspect'>;
  tempDir: string;
  executorGid: number | undefined;
}

/** Up to this size a file is read for its hash. */
const HASH_MAX_BYTES = 32 * 1024 * 1024;

/**
 * The facts of a file that waits in a zone. A file that cannot be read, or not in time, is answered
 * with the reason. Throws NotFoundError, and ConflictError for a file that is replaced during the call.
 */
export async function getLandingFile(
  deps: LandingFileDeps,
  { namespace, zone, name }: { namespace: string; zone: string; name: string },
  signal: AbortSignal,
): Promise<LandingFileContent> {
  const { landing, tempDir, executorGid } = deps;
  const found = await landing.findFile(namespace, zone, name);
  if (found === undefined) {
    throw new NotFoundError(`landing zone ${namespace}/${zone} has no file ${name}`);
  }
  const file: LandingFile = { path: name, ...found };
  const facts: LandingFileContent = {
    name,
    bytes: file.bytes,
    modified_at: new Date(Number(BigInt(file.mtimeNs) / 1_000_000n)).toISOString(),
    sha256: null,
    format: fileFormat(name) ?? null,
    columns: null,
    rows: null,
    row_count: null,
    error: null,
  };
  // A link or a copy, as a run has one: nothing that happens to the zone disturbs the reader.
  const folder = join(tempDir, `facts_${randomUUID()}`);
  try {
    await makeReadableFolder(folder, executorGid);
    const options = { namespace, zone, files: [file], folder, executorGid, signal };
    const pinned = await pinLandingFiles(landing, options);
    if ('changed' in pinned) {
      throw new ConflictError(`${name} is being replaced or removed; try again`);
    }
    if (file.bytes <= HASH_MAX_BYTES) {
      facts.sha256 = await hashOf(landing, landing.key(namespace, zone, name));
    }
    await addContent(facts, { ...deps, folder: join(folder, zone) }, signal);
    return facts;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function addContent(
  facts: LandingFileContent,
  { inspector, folder }: Pick<LandingFileDeps, 'inspector'> & { folder: string },
  signal: AbortSignal,
): Promise<void> {
  const { name, bytes, format } = facts;
  if (format === null) return;
  try {
    const content = await inspector.inspect({ folder, name, format, bytes }, signal);
    facts.columns = content.columns ?? null;
    facts.rows = content.rows ?? null;
    facts.row_count = content.rowCount ?? null;
    if (content.problem !== undefined) {
      const { message, line } = content.problem;
      facts.error = { message, ...(line === undefined ? {} : { line }) };
    }
  } catch (error) {
    // The file is there, and what hinders its reader is a fact about it.
    if (!(error instanceof UnprocessableError || error instanceof TimedOutError)) throw error;
    facts.error = { message: error.message };
  }
}

async function hashOf(landing: LocalLandingZones, key: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of landing.store.stream(key)) hash.update(piece);
  return hash.digest('hex');
}
