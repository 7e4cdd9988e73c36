import { ConflictError } from '@rat/domain';
import { isDeepStrictEqual } from 'node:util';
import {
  highestFieldId,
  type PartitionSpec,
  type Schema,
  type TableMetadata,
} from '../format/types.ts';

/** The schema with the id that the table has or will assign: equal schemas share an id. */
export function assignSchemaId(metadata: TableMetadata, schema: Schema): Schema {
  const known = metadata.schemas.find((other) => isDeepStrictEqual(other.fields, schema.fields));
  if (known !== undefined) return known;
  const ids = metadata.schemas.map((other) => other['schema-id']);
  return { ...schema, 'schema-id': Math.max(-1, ...ids) + 1 };
}

/**
 * The spec with the id that the table has or will assign; a field of an older spec keeps its id.
 */
export function assignSpecId(
  metadata: Pick<TableMetadata, 'partition-specs' | 'last-partition-id'>,
  fields: readonly { 'source-id': number; name: string; transform: string }[],
): PartitionSpec {
  let lastId = metadata['last-partition-id'];
  const olderFields = metadata['partition-specs'].flatMap((spec) => spec.fields);
  const assigned = fields.map((field) => {
    const older = olderFields.find(
      (other) => other['source-id'] === field['source-id'] && other.transform === field.transform,
    );
    return { ...field, 'field-id': older?.['field-id'] ?? ++lastId };
  });
  const known = metadata['partition-specs'].find((spec) =>
    isDeepStrictEqual(spec.fields.map(specFieldKey), assigned.map(specFieldKey)),
  );
  if (known !== undefined) return known;
  const ids = metadata['partition-specs'].map((spec) => spec['spec-id']);
  return { 'spec-id': Math.max(-1, ...ids) + 1, fields: assigned };
}

/**
 * Adds a schema and a spec to the table's lists; neither becomes current. Throws ConflictError when
 * the table has a different one with the same id: two writers assigned it at the same time.
 */
export function registerSchemas(
  metadata: TableMetadata,
  { schema, spec }: { schema?: Schema; spec?: PartitionSpec },
): TableMetadata {
  let next = metadata;
  if (schema !== undefined) {
    const known = next.schemas.find((other) => other['schema-id'] === schema['schema-id']);
    if (known !== undefined && !isDeepStrictEqual(known.fields, schema.fields)) {
      throw new ConflictError('the table has another schema of this id');
    }
    next = {
      ...next,
      schemas: known === undefined ? [...next.schemas, schema] : next.schemas,
      'last-column-id': Math.max(next['last-column-id'], highestFieldId(schema)),
    };
  }
  if (spec !== undefined) {
    const specs = next['partition-specs'];
    const known = specs.find((other) => other['spec-id'] === spec['spec-id']);
    if (known !== undefined && !isDeepStrictEqual(known.fields, spec.fields)) {
      throw new ConflictError('the table has another partition spec of this id');
    }
    next = {
      ...next,
      'partition-specs': known === undefined ? [...specs, spec] : specs,
      'last-partition-id': highestPartitionId(spec, next['last-partition-id']),
    };
  }
  return next;
}

/** The highest partition field id of a spec, or `floor` when that is higher. */
export function highestPartitionId(spec: PartitionSpec, floor: number): number {
  return Math.max(floor, ...spec.fields.map((field) => field['field-id']));
}

function specFieldKey(field: { 'source-id': number; name: string; transform: string }): unknown {
  return [field['source-id'], field.transform, field.name];
}
