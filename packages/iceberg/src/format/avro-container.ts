import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import avsc from 'avsc';
import { TableFormatError } from './errors.ts';

/** An Avro schema as JSON, with any attributes that its writer added. */
export type AvroSchema = string | AvroSchema[] | { type: AvroSchema; [attribute: string]: unknown };

export interface AvroContainer {
  schema: AvroSchema;
  /** The header's own keys, without `avro.schema` and `avro.codec`. */
  meta: Record<string, string>;
  /** Records as plain objects; a `long` is a bigint, `bytes` and `fixed` are Buffers. */
  records: unknown[];
}

const MAGIC = Buffer.from('Obj\u0001', 'latin1');
const SYNC_BYTES = 16;
const RECORDS_PER_BLOCK = 2_000;
/** A compressed block does not record its size; a manifest is far smaller than this. */
const MAX_BLOCK_BYTES = 512 * 1024 * 1024;

const HEADER_META = avsc.Type.forSchema({ type: 'map', values: 'bytes' });

/**
 * Writes an Avro object container, compressed with deflate. The header contains the schema exactly
 * as passed: avsc would drop attributes that it does not know, such as Iceberg's field ids. Throws
 * when a record does not match the schema. Equal input gives equal bytes.
 */
export function encodeAvroContainer(container: AvroContainer): Uint8Array {
  const type = avroType(container.schema);
  const blocks: { count: number; body: Buffer }[] = [];
  for (let at = 0; at < container.records.length; at += RECORDS_PER_BLOCK) {
    const records = container.records.slice(at, at + RECORDS_PER_BLOCK);
    const body = Buffer.concat(records.map((record) => type.toBuffer(record)));
    blocks.push({ count: records.length, body: deflateRawSync(body) });
  }
  const header = HEADER_META.toBuffer({
    'avro.schema': Buffer.from(JSON.stringify(container.schema)),
    'avro.codec': Buffer.from('deflate'),
    ...Object.fromEntries(
      Object.entries(container.meta).map(([key, text]) => [key, Buffer.from(text)]),
    ),
  });
  const hash = createHash('sha256').update(header);
  for (const block of blocks) hash.update(block.body);
  const sync = hash.digest().subarray(0, SYNC_BYTES);
  return Buffer.concat([
    MAGIC,
    header,
    sync,
    ...blocks.flatMap(({ count, body }) => [
      LONG.toBuffer(BigInt(count)),
      LONG.toBuffer(BigInt(body.length)),
      body,
      sync,
    ]),
  ]);
}

/**
 * Reads an Avro object container by its own schema. Throws TableFormatError for other bytes, a
 * truncated file, or a codec other than null and deflate.
 */
export function decodeAvroContainer(bytes: Uint8Array): AvroContainer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!buffer.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new TableFormatError('the file is no Avro container');
  }
  const header = decode(HEADER_META, buffer, MAGIC.length);
  const entries = Object.entries(header.value as Record<string, Buffer>);
  const {
    'avro.schema': schemaText,
    'avro.codec': codec = 'null',
    ...meta
  } = Object.fromEntries(entries.map(([key, value]) => [key, value.toString()]));
  if (schemaText === undefined) throw new TableFormatError('the Avro container has no schema');
  if (codec !== 'null' && codec !== 'deflate') {
    throw new TableFormatError(`the Avro codec ${codec} is not supported`);
  }
  const schema: AvroSchema = JSON.parse(schemaText);
  const sync = buffer.subarray(header.offset, header.offset + SYNC_BYTES);
  const type = avroType(schema);
  const records: unknown[] = [];
  let at = header.offset + SYNC_BYTES;
  while (at < buffer.length) {
    const count = decode(LONG, buffer, at);
    const size = decode(LONG, buffer, count.offset);
    const end = size.offset + Number(size.value);
    if (!buffer.subarray(end, end + SYNC_BYTES).equals(sync)) {
      throw new TableFormatError('the Avro container is damaged or cut short');
    }
    const stored = buffer.subarray(size.offset, end);
    const body =
      codec === 'null' ? stored : inflateRawSync(stored, { maxOutputLength: MAX_BLOCK_BYTES });
    let position = 0;
    for (let i = 0; i < Number(count.value); i++) {
      const record = decode(type, body, position);
      records.push(record.value);
      position = record.offset;
    }
    at = end + SYNC_BYTES;
  }
  return { schema, meta, records };
}

/** A long for snapshot ids: they use all 63 bits, which avsc's own long refuses. */
const LONG: avsc.Type = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: (value: number | string) => BigInt(value),
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
});

/**
 * Compiled types by their schema's text: avsc compiles each to JavaScript, which takes longer than
 * reading a manifest. Bounded, because a table's schemas keep growing in number.
 */
const compiledTypes = new Map<string, avsc.Type>();
const MAX_COMPILED_TYPES = 128;

function avroType(schema: AvroSchema): avsc.Type {
  const key = JSON.stringify(schema);
  const known = compiledTypes.get(key);
  if (known !== undefined) return known;
  // avsc's typings list only the attributes that avsc knows; it allows and ignores others.
  const type = avsc.Type.forSchema(JSON.parse(key), {
    typeHook: (part: unknown) => (isLong(part) ? LONG : undefined),
  });
  const oldest = compiledTypes.keys().next();
  if (compiledTypes.size >= MAX_COMPILED_TYPES && !oldest.done) compiledTypes.delete(oldest.value);
  compiledTypes.set(key, type);
  return type;
}

/** Matches `"long"` and `{"type":"long","logicalType":…}`. */
function isLong(part: unknown): boolean {
  if (part === 'long') return true;
  return typeof part === 'object' && part !== null && 'type' in part && part.type === 'long';
}

/** Decodes a value; avsc reports one that exceeds the buffer by an offset of -1. */
function decode(type: avsc.Type, buffer: Buffer, at: number): { value: unknown; offset: number } {
  const { value, offset }: { value: unknown; offset: number } = type.decode(buffer, at);
  if (offset < 0) throw new TableFormatError('the Avro container is damaged or cut short');
  return { value, offset };
}
