import { landingZoneId, type StoredLandingFile } from '@rat/contracts';
import type { DeliveredFile, LandingUpload } from '@rat/store';
import { landingFileId } from './landing-file-id.ts';
import type { ZoneParams } from './parse-landing-params.ts';

/** A file as the store of uploads knows it. */
export function toDelivered(file: StoredLandingFile): DeliveredFile {
  return { name: file.name, bytes: file.bytes, modifiedAt: new Date(file.modified_at) };
}

/** The upload that delivered this file; undefined when it was delivered past the API. */
export function uploadOf(
  file: DeliveredFile,
  uploads: readonly LandingUpload[],
): LandingUpload | undefined {
  const time = file.modifiedAt.getTime();
  return uploads.find(
    ({ name, bytes, modifiedAt }) =>
      name === file.name && bytes === file.bytes && modifiedAt.getTime() === time,
  );
}

/** What the API adds to the facts that the storage has about a file. */
export function presentDelivery(
  { namespace, zone }: ZoneParams,
  file: StoredLandingFile,
  upload: LandingUpload | undefined,
) {
  return {
    id: landingFileId(file),
    zone_id: landingZoneId({ namespace, name: zone }),
    filename: file.name,
    s3_path: logicalPath({ namespace, zone }, file.name),
    size_bytes: file.bytes,
    content_type: upload?.contentType ?? contentTypeOf(file.name),
    uploaded_by: upload?.uploadedBy ?? null,
    uploaded_at: upload?.uploadedAt.toISOString() ?? file.modified_at,
  };
}

/** A path that names the file to people; where the storage keeps it is not told. */
export function logicalPath({ namespace, zone }: ZoneParams, path: string): string {
  return `${namespace}/landing/${zone}/${path}`;
}

const UNKNOWN_TYPE = 'application/octet-stream';

const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  txt: 'text/plain',
  json: 'application/json',
  jsonl: 'application/x-ndjson',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
  gz: 'application/gzip',
  zst: 'application/zstd',
};

/** The media type by the end of the name. */
function contentTypeOf(name: string): string {
  const ending = /\.(\w+)$/.exec(name.toLowerCase())?.[1] ?? '';
  return TYPES[ending] ?? UNKNOWN_TYPE;
}

/** What clients send for a file of which they know nothing. */
const SAYS_NOTHING: ReadonlySet<string> = new Set([
  UNKNOWN_TYPE,
  'application/x-www-form-urlencoded',
]);

const CONTENT_TYPE_MAX = 255;

/** The media type that a sender stated, without parameters; undefined without one. */
export function statedType(header: string | undefined): string | undefined {
  const type = header?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (SAYS_NOTHING.has(type) || type.length > CONTENT_TYPE_MAX) return undefined;
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) ? type : undefined;
}
