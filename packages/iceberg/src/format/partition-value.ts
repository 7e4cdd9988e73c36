import {
  bigEndian,
  decodeValue,
  encodeValue,
  floatFromText,
  signedBigEndian,
  textFromUnscaled,
  unscaledFromText,
} from './bounds.ts';
import { daysFromText, microsFromText, timeMicrosFromText } from './calendar.ts';
import type { AvroSchema } from './avro-container.ts';
import { TableFormatError } from './errors.ts';
import { decimalBytes, parsePrimitive } from './primitive-type.ts';

/**
 * A partition's value as text of the transform's result type, binary values as
 * hexadecimal digits; null for rows without a value. Text passes between processes unchanged for
 * every type.
 */
export type PartitionValue = string | null;

/** The Avro type of a partition value. `name` must be unique in the schema. */
export function partitionAvroType(type: string, name: string): AvroSchema {
  const primitive = parsePrimitive(type);
  switch (primitive.kind) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'string':
      return primitive.kind;
    case 'binary':
      return 'bytes';
    case 'date':
      return { type: 'int', logicalType: 'date' };
    case 'time':
      return { type: 'long', logicalType: 'time-micros' };
    case 'timestamp':
    case 'timestamptz':
      return {
        type: 'long',
        logicalType: 'timestamp-micros',
        'adjust-to-utc': primitive.kind === 'timestamptz',
      };
    case 'uuid':
      return { type: 'fixed', name, size: 16, logicalType: 'uuid' };
    case 'fixed':
      return { type: 'fixed', name, size: primitive.length };
    case 'decimal': {
      const { precision, scale } = primitive;
      const size = decimalBytes(precision);
      return { type: 'fixed', name, size, logicalType: 'decimal', precision, scale };
    }
  }
}

/**
 * Converts a partition value for avsc. Throws TableFormatError for a value that the type cannot
 * hold.
 */
export function partitionToAvro(type: string, value: PartitionValue): unknown {
  if (value === null) return null;
  const primitive = parsePrimitive(type);
  switch (primitive.kind) {
    case 'boolean':
      return value === 'true' || value === '1';
    case 'int':
      return Number(value);
    case 'long':
      return BigInt(value);
    case 'float':
    case 'double':
      return floatFromText(value);
    case 'string':
      return value;
    case 'date':
      return held(daysFromText(value), type, value);
    case 'time':
      return held(timeMicrosFromText(value), type, value);
    case 'timestamp':
    case 'timestamptz':
      return held(microsFromText(value), type, value);
    case 'decimal':
      return bigEndian(unscaledFromText(value, primitive.scale), decimalBytes(primitive.precision));
    case 'uuid':
    case 'binary':
    case 'fixed':
      return encodeValue(type, value);
  }
}

/**
 * Converts a partition value from avsc. The value's own kind decides, because writers differ in
 * widths.
 */
export function partitionFromAvro(type: string, value: unknown): PartitionValue {
  if (value === null || value === undefined) return null;
  const primitive = parsePrimitive(type);
  if (typeof value === 'boolean' || typeof value === 'string') return String(value);
  if (value instanceof Uint8Array) {
    return primitive.kind === 'decimal'
      ? textFromUnscaled(signedBigEndian(value), primitive.scale)
      : decodeValue(type, value);
  }
  if (typeof value !== 'number' && typeof value !== 'bigint') {
    throw new TableFormatError(`a partition value is no ${type}`);
  }
  switch (primitive.kind) {
    case 'float':
    case 'double': {
      const buffer = Buffer.alloc(8);
      buffer.writeDoubleLE(Number(value));
      return decodeValue('double', buffer);
    }
    case 'date': {
      const buffer = Buffer.alloc(4);
      buffer.writeInt32LE(Number(value));
      return decodeValue('date', buffer);
    }
    case 'time':
    case 'timestamp':
    case 'timestamptz': {
      const buffer = Buffer.alloc(8);
      buffer.writeBigInt64LE(BigInt(value));
      return decodeValue(type, buffer);
    }
    default:
      return value.toString();
  }
}

/** The order for partition summaries: numbers by value, texts and bytes by their bytes. */
export function comparePartitionValues(type: string, a: string, b: string): number {
  const left = partitionToAvro(type, a);
  const right = partitionToAvro(type, b);
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    return left === right ? 0 : left < right ? -1 : 1;
  }
  const primitive = parsePrimitive(type);
  if (primitive.kind === 'decimal') {
    const [x, y] = [unscaledFromText(a, primitive.scale), unscaledFromText(b, primitive.scale)];
    return x === y ? 0 : x < y ? -1 : 1;
  }
  return Buffer.compare(bytesOf(left), bytesOf(right));
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return Buffer.from(typeof value === 'boolean' ? (value ? '1' : '0') : String(value), 'utf8');
}

function held<T>(converted: T | undefined, type: string, value: string): T {
  if (converted === undefined) {
    throw new TableFormatError(`${value} cannot be a partition’s value: no ${type} holds it`);
  }
  return converted;
}
