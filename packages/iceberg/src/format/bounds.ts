import { TableFormatError } from './errors.ts';
import {
  daysFromText,
  microsFromText,
  textFromDays,
  textFromMicros,
  textFromTimeMicros,
  timeMicrosFromText,
} from './calendar.ts';
import { decimalBytes, parsePrimitive, type Primitive } from './primitive-type.ts';

/**
 * The length of a bound, in characters or bytes, so that one long text does not fill a manifest.
 */
const BOUND_LENGTH = 16;

/**
 * Encodes a value in the single-value binary form (Iceberg specification, appendix D). The text is
 * DuckDB's, except that binary values are hexadecimal digits. Undefined when the type cannot hold
 * the value, for example `infinity` in a timestamp.
 */
export function encodeValue(type: string, text: string): Uint8Array | undefined {
  const primitive = parsePrimitive(type);
  switch (primitive.kind) {
    case 'boolean':
      return Uint8Array.of(text === 'true' || text === '1' ? 1 : 0);
    case 'int':
      return int32(Number(text));
    case 'long':
      return int64(BigInt(text));
    case 'float':
    case 'double':
      return encodeFloat(primitive.kind, floatFromText(text));
    case 'date':
      return optional(daysFromText(text), int32);
    case 'time':
      return optional(timeMicrosFromText(text), int64);
    case 'timestamp':
    case 'timestamptz':
      return optional(microsFromText(text), int64);
    case 'string':
      return Buffer.from(text, 'utf8');
    case 'uuid':
      return Buffer.from(text.replaceAll('-', ''), 'hex');
    case 'binary':
    case 'fixed':
      return Buffer.from(text, 'hex');
    case 'decimal':
      return minimalBigEndian(unscaledFromText(text, primitive.scale));
  }
}

/**
 * Decodes the form of `encodeValue`. A bound keeps the width of the type that its file was written
 * with: an `int` bound of a column that is `long` now is recognised by its length. Throws
 * TableFormatError when no earlier type of the column has that length.
 */
export function decodeValue(type: string, bytes: Uint8Array): string {
  const primitive = parsePrimitive(type);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkLength(primitive, buffer.length);
  switch (primitive.kind) {
    case 'boolean':
      return String(buffer[0] !== 0);
    case 'int':
    case 'long':
      return readInteger(buffer).toString();
    case 'float':
    case 'double':
      return textFromFloat(buffer.length === 4 ? buffer.readFloatLE() : buffer.readDoubleLE());
    case 'date':
      return textFromDays(buffer.readInt32LE());
    case 'time':
      return textFromTimeMicros(buffer.readBigInt64LE());
    case 'timestamp':
      return textFromMicros(buffer.readBigInt64LE());
    case 'timestamptz':
      return `${textFromMicros(buffer.readBigInt64LE())}+00`;
    case 'string':
      return buffer.toString('utf8');
    case 'uuid':
      return buffer.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    case 'binary':
    case 'fixed':
      return buffer.toString('hex').toUpperCase();
    case 'decimal':
      return textFromUnscaled(signedBigEndian(buffer), primitive.scale);
  }
}

/** A value that is not above any value of the file; undefined when no bound can be given. */
export function lowerBound(type: string, minimum: string): Uint8Array | undefined {
  const { kind } = parsePrimitive(type);
  if (kind === 'float' || kind === 'double') {
    const value = floatFromText(minimum);
    // Readers order -0.0 before 0.0, and DuckDB's minimum may be either.
    return Number.isNaN(value) ? undefined : encodeFloat(kind, value === 0 ? -0 : value);
  }
  if (kind === 'string') return Buffer.from([...minimum].slice(0, BOUND_LENGTH).join(''), 'utf8');
  const value = encodeValue(type, minimum);
  return kind === 'binary' || kind === 'fixed' ? value?.subarray(0, BOUND_LENGTH) : value;
}

/** A value that is not below any value of the file; undefined when no bound can be given. */
export function upperBound(type: string, maximum: string): Uint8Array | undefined {
  const { kind } = parsePrimitive(type);
  if (kind === 'float' || kind === 'double') {
    const value = floatFromText(maximum);
    return Number.isNaN(value) ? undefined : encodeFloat(kind, value === 0 ? 0 : value);
  }
  if (kind === 'string') return upperText(maximum);
  const value = encodeValue(type, maximum);
  return (kind === 'binary' || kind === 'fixed') && value !== undefined ? upperBytes(value) : value;
}

/** Parses a number as DuckDB prints it, including `inf`, `-inf` and `nan`. */
export function floatFromText(text: string): number {
  const special = /^([+-]?)(inf(?:inity)?|nan)$/i.exec(text.trim());
  if (special === null) return Number(text);
  if (/nan/i.test(text)) return Number.NaN;
  return special[1] === '-' ? -Infinity : Infinity;
}

/** The unscaled integer of a decimal's text. */
export function unscaledFromText(text: string, scale: number): bigint {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text.trim());
  const fraction = match?.[3] ?? '';
  if (match === null || fraction.length > scale) {
    throw new TypeError(`no decimal of scale ${scale}: ${text}`);
  }
  const unscaled = BigInt(`${match[2] ?? ''}${fraction.padEnd(scale, '0')}` || '0');
  return match[1] === '-' ? -unscaled : unscaled;
}

/** The inverse of `unscaledFromText`, with all digits of the scale. */
export function textFromUnscaled(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  if (scale === 0) return `${sign}${digits}`;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Two's complement in exactly `length` bytes, the form of an Avro `fixed` decimal. */
export function bigEndian(value: bigint, length: number): Uint8Array {
  const hex = BigInt.asUintN(8 * length, value).toString(16);
  return Buffer.from(hex.padStart(2 * length, '0'), 'hex');
}

/** The signed integer of big-endian bytes of any length; an empty array is 0. */
export function signedBigEndian(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes).toString('hex');
  return hex === '' ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`));
}

function minimalBigEndian(value: bigint): Uint8Array {
  let length = 1;
  while (BigInt.asIntN(8 * length, value) !== value) length++;
  return bigEndian(value, length);
}

function textFromFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Object.is(value, -0) ? '-0.0' : String(value);
}

function encodeFloat(kind: 'float' | 'double', value: number): Uint8Array {
  const buffer = Buffer.alloc(kind === 'float' ? 4 : 8);
  if (kind === 'float') buffer.writeFloatLE(value);
  else buffer.writeDoubleLE(value);
  return buffer;
}

function int32(value: number): Uint8Array {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(value);
  return buffer;
}

function int64(value: bigint): Uint8Array {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64LE(value);
  return buffer;
}

function readInteger(buffer: Buffer): bigint {
  return buffer.length === 4 ? BigInt(buffer.readInt32LE()) : buffer.readBigInt64LE();
}

function optional<T>(value: T | undefined, encode: (value: T) => Uint8Array) {
  return value === undefined ? undefined : encode(value);
}

const LENGTHS: Partial<Record<Primitive['kind'], readonly number[]>> = {
  boolean: [1],
  int: [4],
  long: [4, 8],
  float: [4],
  double: [4, 8],
  date: [4],
  time: [8],
  timestamp: [8],
  timestamptz: [8],
  uuid: [16],
};

function checkLength(primitive: Primitive, length: number): void {
  const known = LENGTHS[primitive.kind];
  const fits = primitive.kind === 'decimal' ? length <= decimalBytes(38) : known?.includes(length);
  if (fits === false)
    throw new TableFormatError(`a bound of ${length} bytes is no ${primitive.kind}`);
}

/**
 * The shortest greater text: increments the last character that has a successor, and drops the
 * rest.
 */
function upperText(text: string): Uint8Array | undefined {
  const characters = [...text];
  if (characters.length <= BOUND_LENGTH) return Buffer.from(text, 'utf8');
  const kept = characters.slice(0, BOUND_LENGTH);
  while (kept.length > 0) {
    const last = kept.pop()?.codePointAt(0) ?? 0;
    if (last === 0x10_ffff) continue;
    // Text contains no lone surrogates: U+E000 follows U+D7FF.
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    return Buffer.from(kept.join('') + String.fromCodePoint(next), 'utf8');
  }
  return undefined;
}

function upperBytes(value: Uint8Array): Uint8Array | undefined {
  if (value.length <= BOUND_LENGTH) return value;
  const kept = [...value.subarray(0, BOUND_LENGTH)];
  while (kept.length > 0) {
    const last = kept.pop() ?? 0;
    if (last < 0xff) return Uint8Array.of(...kept, last + 1);
  }
  return undefined;
}
