import { PREVIOUS_VERSIONS } from './seal-commit.ts';
import { highestPartitionId } from '../schema/table-schemas.ts';
import {
  highestFieldId,
  UNPARTITIONED,
  type PartitionSpec,
  type Schema,
  type TableMetadata,
} from '../format/types.ts';

/** The first id of a partition field; these ids are separate from column ids. */
const FIRST_PARTITION_ID = 1000;

export interface NewTableOptions {
  /** An absolute URI. */
  location: string;
  uuid: string;
  schema: Schema;
  spec?: PartitionSpec;
  properties?: Record<string, string>;
  nowMs: number;
}

/** The metadata of a table without snapshots. */
export function newTableMetadata(options: NewTableOptions): TableMetadata {
  const spec = options.spec ?? UNPARTITIONED;
  return {
    'format-version': 2,
    'table-uuid': options.uuid,
    location: options.location.replace(/\/+$/, ''),
    'last-sequence-number': 0,
    'last-updated-ms': options.nowMs,
    'last-column-id': highestFieldId(options.schema),
    schemas: [options.schema],
    'current-schema-id': options.schema['schema-id'],
    'partition-specs': [spec],
    'default-spec-id': spec['spec-id'],
    'last-partition-id': highestPartitionId(spec, FIRST_PARTITION_ID - 1),
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    'default-sort-order-id': 0,
    properties: {
      'write.metadata.delete-after-commit.enabled': 'true',
      'write.metadata.previous-versions-max': String(PREVIOUS_VERSIONS),
      ...options.properties,
    },
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
    refs: {},
  };
}
