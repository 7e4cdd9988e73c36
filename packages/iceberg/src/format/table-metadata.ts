import { TableFormatError } from './errors.ts';
import { parseLosslessJson, stringifyLosslessJson, type LosslessJson } from './lossless-json.ts';
import { MAIN_BRANCH, type Snapshot, type SnapshotRef, type TableMetadata } from './types.ts';

type JsonObject = { [key: string]: LosslessJson };

/**
 * Parses a metadata.json. Fills in optional values, and keeps unknown keys for the next write.
 * Throws TableFormatError for a format version other than 2, a missing required key or a dangling
 * reference: a commit on top of such a file would make the damage permanent.
 */
export function parseTableMetadata(source: string): TableMetadata {
  let json: LosslessJson;
  try {
    json = parseLosslessJson(source);
  } catch (error) {
    throw new TableFormatError('the table’s metadata is no JSON', { cause: error });
  }
  const raw = object(json, 'the metadata');
  if (raw['format-version'] !== 2) {
    throw new TableFormatError(
      `format version ${stringifyLosslessJson(raw['format-version'] ?? null)} is not supported`,
    );
  }
  for (const key of REQUIRED_INTEGERS) integer(raw[key], key);
  text(raw['table-uuid'], 'table-uuid');
  const snapshots = list(raw['snapshots'] ?? [], 'snapshots').map(parseSnapshot);
  const current = currentSnapshotId(raw);
  const metadata = {
    ...raw,
    // A trailing slash would double in every path built from the location.
    location: text(raw['location'], 'location').replace(/\/+$/, ''),
    schemas: objects(raw['schemas'], 'schemas'),
    'partition-specs': objects(raw['partition-specs'], 'partition-specs'),
    'sort-orders': objects(raw['sort-orders'], 'sort-orders'),
    properties: object(raw['properties'] ?? {}, 'properties'),
    snapshots,
    'snapshot-log': objects(raw['snapshot-log'] ?? [], 'snapshot-log').map(withSnapshotId),
    'metadata-log': objects(raw['metadata-log'] ?? [], 'metadata-log'),
    refs: parseRefs(raw['refs'], current),
    ...optionalStatistics(raw, 'statistics'),
    ...optionalStatistics(raw, 'partition-statistics'),
    'current-snapshot-id': current,
    // Required keys are checked above and references below; the rest belongs to the writer.
  } as unknown as TableMetadata;
  if (current === undefined) delete metadata['current-snapshot-id'];
  checkReferences(metadata);
  return metadata;
}

/**
 * Writes a metadata.json. A table without a current snapshot gets the -1 that older Java readers
 * require. Throws TableFormatError instead of writing a file that `parseTableMetadata` would
 * refuse.
 */
export function serializeTableMetadata(metadata: TableMetadata): string {
  checkReferences(metadata);
  const { snapshots, 'snapshot-log': log, ...rest } = metadata;
  const text = stringifyLosslessJson({
    ...rest,
    'current-snapshot-id': metadata['current-snapshot-id'] ?? -1,
  });
  return `${text.slice(0, -1)},"snapshots":${jsonList(snapshots)},"snapshot-log":${jsonList(log)}}`;
}

/** Cached texts: most of a long history consists of the same, never modified objects as before. */
const texts = new WeakMap<object, string>();

function jsonList(entries: readonly object[]): string {
  const written = entries.map((entry) => {
    let text = texts.get(entry);
    if (text === undefined) {
      text = stringifyLosslessJson(entry);
      texts.set(entry, text);
    }
    return text;
  });
  return `[${written.join(',')}]`;
}

const REQUIRED_INTEGERS = [
  'last-sequence-number',
  'last-updated-ms',
  'last-column-id',
  'current-schema-id',
  'default-spec-id',
  'last-partition-id',
  'default-sort-order-id',
] as const;

function parseSnapshot(value: LosslessJson): Snapshot {
  const raw = object(value, 'a snapshot');
  const id = snapshotId(raw['snapshot-id']);
  if (typeof raw['manifest-list'] !== 'string') {
    throw new TableFormatError(`snapshot ${id} has no manifest list`);
  }
  const parent = raw['parent-snapshot-id'];
  const { 'parent-snapshot-id': _absentOrNull, 'schema-id': schemaId, ...rest } = raw;
  return {
    ...rest,
    'snapshot-id': id,
    ...(parent === undefined || parent === null
      ? {}
      : { 'parent-snapshot-id': snapshotId(parent) }),
    // Snapshots from format 1 have no number, which counts as 0.
    'sequence-number': integer(raw['sequence-number'] ?? 0, 'sequence-number'),
    'timestamp-ms': integer(raw['timestamp-ms'], 'timestamp-ms'),
    summary: parseSummary(raw['summary']),
    'manifest-list': raw['manifest-list'],
    ...(schemaId === undefined || schemaId === null
      ? {}
      : { 'schema-id': integer(schemaId, 'schema-id') }),
  };
}

function parseSummary(value: LosslessJson | undefined): Record<string, string> {
  const summary: Record<string, string> = { operation: 'overwrite' };
  for (const [key, member] of Object.entries(object(value ?? {}, 'a summary'))) {
    summary[key] = typeof member === 'string' ? member : stringifyLosslessJson(member);
  }
  return summary;
}

function parseRefs(
  value: LosslessJson | undefined,
  current: bigint | undefined,
): Record<string, SnapshotRef> {
  const refs: Record<string, SnapshotRef> = {};
  for (const [name, member] of Object.entries(object(value ?? {}, 'refs'))) {
    const raw = object(member, `ref ${name}`);
    const type = raw['type'];
    if (type !== 'branch' && type !== 'tag') {
      throw new TableFormatError(`ref ${name} is neither a branch nor a tag`);
    }
    // Writers use null and absent alike; this room uses absent only.
    const present = Object.fromEntries(Object.entries(raw).filter(([, member]) => member !== null));
    refs[name] = { ...present, type, 'snapshot-id': snapshotId(raw['snapshot-id']) };
  }
  // Writers from before branches have a current snapshot and no refs.
  if (current !== undefined) refs[MAIN_BRANCH] ??= { type: 'branch', 'snapshot-id': current };
  return refs;
}

function currentSnapshotId(raw: JsonObject): bigint | undefined {
  const value = raw['current-snapshot-id'];
  if (value === undefined || value === null || value === -1) return undefined;
  return snapshotId(value);
}

function optionalStatistics(raw: JsonObject, key: string): JsonObject {
  const value = raw[key];
  if (value === undefined || value === null) return {};
  return { [key]: objects(value, key).map(withSnapshotId) };
}

function withSnapshotId(raw: JsonObject): JsonObject {
  return { ...raw, 'snapshot-id': snapshotId(raw['snapshot-id']) };
}

function checkReferences(metadata: TableMetadata): void {
  const has = (found: boolean, what: string): void => {
    if (!found)
      throw new TableFormatError(`the metadata refers to ${what}, which it does not hold`);
  };
  const schemaIds = new Set(metadata.schemas.map((schema) => schema['schema-id']));
  const snapshotIds = new Set(metadata.snapshots.map((snapshot) => snapshot['snapshot-id']));
  const schemaId = metadata['current-schema-id'];
  const specId = metadata['default-spec-id'];
  const orderId = metadata['default-sort-order-id'];
  has(schemaIds.has(schemaId), `schema ${schemaId}`);
  has(
    metadata['partition-specs'].some((spec) => spec['spec-id'] === specId),
    `partition spec ${specId}`,
  );
  has(
    metadata['sort-orders'].some((order) => order['order-id'] === orderId),
    `sort order ${orderId}`,
  );
  for (const ref of Object.values(metadata.refs)) {
    has(snapshotIds.has(ref['snapshot-id']), `snapshot ${ref['snapshot-id']}`);
  }
  for (const snapshot of metadata.snapshots) {
    const id = snapshot['schema-id'];
    has(id === undefined || schemaIds.has(id), `schema ${id}`);
  }
  if (snapshotIds.size !== metadata.snapshots.length) {
    throw new TableFormatError('the metadata holds a snapshot twice');
  }
  if (metadata.refs[MAIN_BRANCH]?.['snapshot-id'] !== metadata['current-snapshot-id']) {
    throw new TableFormatError('main is not the current snapshot');
  }
}

function object(value: LosslessJson | undefined, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new TableFormatError(`${what} is no object`);
}

function list(value: LosslessJson | undefined, what: string): LosslessJson[] {
  if (Array.isArray(value)) return value;
  throw new TableFormatError(`${what} is no list`);
}

function objects(value: LosslessJson | undefined, what: string): JsonObject[] {
  return list(value, what).map((member) => object(member, `an entry of ${what}`));
}

function text(value: LosslessJson | undefined, what: string): string {
  if (typeof value === 'string') return value;
  throw new TableFormatError(`the metadata has no ${what}`);
}

function integer(value: LosslessJson | undefined, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value);
  throw new TableFormatError(`the metadata has no usable ${what}`);
}

function snapshotId(value: LosslessJson | undefined): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  throw new TableFormatError('a snapshot id is no integer');
}
