import { deflateRawSync, inflateRawSync } from 'node:zlib';

const SYNC_BYTES = 16;
const MAGIC_BYTES = 4;

/**
 * Replaces a path in an Avro file by another path of the same length. Only compressed blocks are
 * written again: the header and the records stay as their writer made them, byte for byte. `patch`
 * may change the bytes of a block before they are compressed.
 */
export function relocateAvro(
  file: Buffer,
  paths: { from: string; to: string },
  patch: (block: Buffer) => Buffer = (block) => block,
): Buffer {
  if (Buffer.byteLength(paths.from) !== Buffer.byteLength(paths.to)) {
    throw new Error('the records of an Avro file stay valid only under a path of the same length');
  }
  const { codec, end } = readHeader(file);
  if (codec !== 'deflate')
    throw new Error(`the old version wrote an Avro file with codec ${codec}`);
  const sync = file.subarray(end, end + SYNC_BYTES);
  const parts = [file.subarray(0, end + SYNC_BYTES)];
  let at = end + SYNC_BYTES;
  while (at < file.length) {
    const count = readLong(file, at);
    const size = readLong(file, count.end);
    const block = inflateRawSync(file.subarray(size.end, size.end + size.value));
    const body = deflateRawSync(patch(replaceBytes(block, paths)));
    parts.push(file.subarray(at, count.end), writeLong(body.length), body, sync);
    at = size.end + size.value + SYNC_BYTES;
  }
  return Buffer.concat(parts);
}

/**
 * Corrects the length of manifests in a block of a manifest list. A record begins with the path of
 * its manifest, and the length follows it.
 */
export function patchLengths(
  block: Buffer,
  manifests: ReadonlyMap<string, { from: number; to: number }>,
): Buffer {
  let patched = block;
  for (const [uri, length] of manifests) {
    const path = Buffer.concat([writeLong(Buffer.byteLength(uri)), Buffer.from(uri)]);
    const found = patched.indexOf(path);
    if (found < 0) continue;
    const at = found + path.length;
    const stored = readLong(patched, at);
    if (stored.value !== length.from) throw new Error(`the list has another length of ${uri}`);
    patched = Buffer.concat([
      patched.subarray(0, at),
      writeLong(length.to),
      patched.subarray(stored.end),
    ]);
  }
  return patched;
}

/** The header is a map of texts: blocks of a count and its pairs, up to a count of zero. */
function readHeader(file: Buffer): { codec: string; end: number } {
  let codec = 'null';
  let at = MAGIC_BYTES;
  for (;;) {
    const count = readLong(file, at);
    at = count.end;
    if (count.value === 0) return { codec, end: at };
    for (let n = 0; n < count.value; n += 1) {
      const key = readText(file, at);
      const value = readText(file, key.end);
      if (key.text === 'avro.codec') codec = value.text;
      at = value.end;
    }
  }
}

function readText(file: Buffer, at: number): { text: string; end: number } {
  const length = readLong(file, at);
  const end = length.end + length.value;
  return { text: file.toString('utf8', length.end, end), end };
}

/** A `long` is a zigzag number in groups of seven bits; none of these exceeds 2^53. */
function readLong(file: Buffer, at: number): { value: number; end: number } {
  let zigzag = 0;
  let factor = 1;
  for (let end = at; ; end += 1) {
    const byte = file[end];
    if (byte === undefined) throw new Error('the Avro file is cut short');
    zigzag += (byte % 128) * factor;
    factor *= 128;
    if (byte < 128)
      return { value: zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2, end: end + 1 };
  }
}

/** Only for positive numbers. */
function writeLong(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value * 2; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

function replaceBytes(bytes: Buffer, { from, to }: { from: string; to: string }): Buffer {
  const replaced = Buffer.from(bytes);
  for (let at = replaced.indexOf(from); at >= 0; at = replaced.indexOf(from, at)) {
    replaced.write(to, at);
  }
  return replaced;
}
