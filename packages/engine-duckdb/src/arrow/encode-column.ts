import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { ArrowField } from './arrow-type.ts';

/** The nodes and buffers of a column and of its parts, in Arrow's order: each before its parts. */
export interface EncodedColumns {
  nodes: { length: number; nulls: number }[];
  buffers: Uint8Array[];
}

/** Adds a column of values to `encoded`; see the Arrow document "Columnar Format". */
export function encodeColumn(
  field: ArrowField,
  values: readonly DuckDBValue[],
  encoded: EncodedColumns,
): void {
  const { type } = field;
  const isThere = (value: DuckDBValue): boolean => value !== null;
  encoded.nodes.push({
    length: values.length,
    nulls: values.length - values.filter(isThere).length,
  });
  encoded.buffers.push(bits(values, isThere));
  switch (type.kind) {
    case 'bool':
      encoded.buffers.push(bits(values, (value) => value === true));
      return;
    case 'int':
    case 'float':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'decimal':
      encoded.buffers.push(numbers(type, values));
      return;
    case 'text':
    case 'bytes':
      encoded.buffers.push(...pieces(values.map((value) => bytesOf(value))));
      return;
    case 'list':
    case 'map': {
      const lists = values.map(itemsOf);
      encoded.buffers.push(offsets(lists.map(({ length }) => length)));
      encodeColumn(type.kind === 'list' ? type.item : type.entries, lists.flat(), encoded);
      return;
    }
    case 'struct':
      for (const part of type.fields) {
        encodeColumn(
          part,
          values.map((value) => partOf(value, part.name)),
          encoded,
        );
      }
  }
}

/** One bit for each value, the first value in the lowest bit. */
function bits(values: readonly DuckDBValue[], isSet: (value: DuckDBValue) => boolean): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  for (const [index, value] of values.entries()) {
    if (isSet(value)) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return bytes;
}

type NumberType = Extract<
  ArrowField['type'],
  { kind: 'int' | 'float' | 'date' | 'time' | 'timestamp' | 'decimal' }
>;

function numbers(type: NumberType, values: readonly DuckDBValue[]): Uint8Array {
  const width = widthOf(type);
  const bytes = new Uint8Array(width * values.length);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) {
    if (value === null) continue;
    const at = index * width;
    const number = numberOf(value);
    if (type.kind === 'float' && width === 4) view.setFloat32(at, Number(number), true);
    else if (type.kind === 'float') view.setFloat64(at, Number(number), true);
    else if (width === 4) view.setInt32(at, Number(number), true);
    else view.setBigInt64(at, BigInt.asIntN(64, BigInt(number)), true);
    if (width === 16) view.setBigInt64(at + 8, BigInt(number) >> 64n, true);
  }
  return bytes;
}

function widthOf(type: NumberType): 4 | 8 | 16 {
  switch (type.kind) {
    case 'int':
    case 'float':
      return type.bits === 32 ? 4 : 8;
    case 'date':
      return 4;
    case 'decimal':
      return 16;
    default:
      return 8;
  }
}

/** Dates are days, times are microseconds, decimals have no point. */
function numberOf(value: DuckDBValue): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof DuckDBDecimalValue) return value.value;
  if (value instanceof DuckDBDateValue) return value.days;
  if (
    value instanceof DuckDBTimeValue ||
    value instanceof DuckDBTimestampValue ||
    value instanceof DuckDBTimestampTZValue
  ) {
    return value.micros;
  }
  throw new TypeError('a value is not of its type');
}

function bytesOf(value: DuckDBValue): Uint8Array {
  if (value === null) return new Uint8Array();
  if (value instanceof DuckDBBlobValue) return value.bytes;
  return new TextEncoder().encode(String(value));
}

/** The offsets of pieces of any length, and the pieces. */
function pieces(parts: readonly Uint8Array[]): [Uint8Array, Uint8Array] {
  return [offsets(parts.map(({ length }) => length)), Buffer.concat(parts)];
}

/** Where each of several things begins, and where the last one ends. */
function offsets(lengths: readonly number[]): Uint8Array {
  const starts = new Int32Array(lengths.length + 1);
  for (const [index, length] of lengths.entries()) {
    starts[index + 1] = (starts[index] ?? 0) + length;
  }
  return new Uint8Array(starts.buffer);
}

function itemsOf(value: DuckDBValue): readonly DuckDBValue[] {
  if (value === null) return [];
  if (value instanceof DuckDBListValue) return value.items;
  if (value instanceof DuckDBMapValue) {
    return value.entries.map((entry) => new DuckDBStructValue({ ...entry }));
  }
  throw new TypeError('a value is not of its type');
}

function partOf(value: DuckDBValue, name: string): DuckDBValue {
  if (value === null) return null;
  if (value instanceof DuckDBStructValue) return value.entries[name] ?? null;
  throw new TypeError('a value is not of its type');
}
