import type { DuckDBValue } from '@duckdb/node-api';
import type { ArrowField, ArrowType } from './arrow-type.ts';
import { encodeColumn, type EncodedColumns } from './encode-column.ts';
import { FlatBuffer, type FlatField, type FlatOffset } from './flat-buffer.ts';

/*
 * Arrow's stream format: the schema, batches of rows, and an end. The numbers of fields and types
 * are those of Arrow's Message.fbs and Schema.fbs.
 */

const VERSION_5 = 4;
const HEADER = { schema: 1, recordBatch: 3 } as const;
const MICROSECONDS = 2;

/** What every stream begins with. */
export function schemaMessage(fields: readonly ArrowField[]): Uint8Array {
  const flat = new FlatBuffer();
  const list = flat.offsets(fields.map((field) => writeField(flat, field)));
  const schema = flat.table([{ bytes: 2, value: 0 }, { to: list }]);
  return message(flat, HEADER.schema, schema, []);
}

/** Some rows; each column has one value a row. */
export function batchMessage(
  fields: readonly ArrowField[],
  columns: readonly (readonly DuckDBValue[])[],
): Uint8Array {
  const encoded: EncodedColumns = { nodes: [], buffers: [] };
  for (const [index, field] of fields.entries()) encodeColumn(field, columns[index] ?? [], encoded);
  let offset = 0;
  const places = encoded.buffers.map(({ length }): [bigint, bigint] => {
    const start = offset;
    offset += padded(length);
    return [BigInt(start), BigInt(length)];
  });
  const flat = new FlatBuffer();
  const buffers = flat.pairs(places);
  const nodes = flat.pairs(
    encoded.nodes.map(({ length, nulls }) => [BigInt(length), BigInt(nulls)]),
  );
  const rows = BigInt(columns[0]?.length ?? 0);
  const batch = flat.table([{ bytes: 8, value: rows }, { to: nodes }, { to: buffers }]);
  return message(flat, HEADER.recordBatch, batch, encoded.buffers);
}

/** What every stream ends with. */
export const END_OF_STREAM = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

function message(
  flat: FlatBuffer,
  kind: (typeof HEADER)[keyof typeof HEADER],
  header: FlatOffset,
  buffers: readonly Uint8Array[],
): Uint8Array {
  const bodyLength = buffers.reduce((sum, { length }) => sum + padded(length), 0);
  const metadata = flat.finish(
    flat.table([
      { bytes: 2, value: VERSION_5 },
      { bytes: 1, value: kind },
      { to: header },
      { bytes: 8, value: BigInt(bodyLength) },
    ]),
  );
  const metadataLength = padded(metadata.length);
  const bytes = new Uint8Array(8 + metadataLength + bodyLength);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, -1, true);
  view.setInt32(4, metadataLength, true);
  bytes.set(metadata, 8);
  let at = 8 + metadataLength;
  for (const buffer of buffers) {
    bytes.set(buffer, at);
    at += padded(buffer.length);
  }
  return bytes;
}

/** Buffers begin at multiples of 8 bytes. */
function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}

function writeField(flat: FlatBuffer, { name, type, nullable }: ArrowField): FlatOffset {
  const parts = flat.offsets(partsOf(type).map((part) => writeField(flat, part)));
  const { id, fields } = describeType(flat, type);
  const described = flat.table(fields);
  const text = flat.text(name);
  return flat.table([
    { to: text },
    { bytes: 1, value: nullable ? 1 : 0 },
    { bytes: 1, value: id },
    { to: described },
    undefined,
    { to: parts },
  ]);
}

function partsOf(type: ArrowType): readonly ArrowField[] {
  switch (type.kind) {
    case 'list':
      return [type.item];
    case 'map':
      return [type.entries];
    case 'struct':
      return type.fields;
    default:
      return [];
  }
}

/** The number of a type in the union of all types, and the fields of its table. */
function describeType(flat: FlatBuffer, type: ArrowType): { id: number; fields: FlatField[] } {
  switch (type.kind) {
    case 'int':
      return {
        id: 2,
        fields: [
          { bytes: 4, value: type.bits },
          { bytes: 1, value: 1 },
        ],
      };
    case 'float':
      return { id: 3, fields: [{ bytes: 2, value: type.bits === 32 ? 1 : 2 }] };
    case 'bytes':
      return { id: 4, fields: [] };
    case 'text':
      return { id: 5, fields: [] };
    case 'bool':
      return { id: 6, fields: [] };
    case 'decimal':
      return {
        id: 7,
        fields: [
          { bytes: 4, value: type.precision },
          { bytes: 4, value: type.scale },
          { bytes: 4, value: 128 },
        ],
      };
    case 'date':
      return { id: 8, fields: [{ bytes: 2, value: 0 }] };
    case 'time':
      return {
        id: 9,
        fields: [
          { bytes: 2, value: MICROSECONDS },
          { bytes: 4, value: 64 },
        ],
      };
    case 'timestamp': {
      const unit: FlatField = { bytes: 2, value: MICROSECONDS };
      const { zone } = type;
      return { id: 10, fields: zone === undefined ? [unit] : [unit, { to: flat.text(zone) }] };
    }
    case 'list':
      return { id: 12, fields: [] };
    case 'struct':
      return { id: 13, fields: [] };
    case 'map':
      return { id: 17, fields: [{ bytes: 1, value: 0 }] };
  }
}
