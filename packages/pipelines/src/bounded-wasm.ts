const MEMORY_SECTION = 5;
const PAGE_BYTES = 65_536;

/**
 * Returns the same WebAssembly module with a memory limit, so that growth beyond it fails inside
 * the module. Fuel counts a template's steps but not their allocations, and the module as published
 * may grow to 4 GB. Requires a module with one memory of its own; throws when there is none.
 */
export function boundMemory(module: Uint8Array, maxBytes: number): Uint8Array {
  const reader = { bytes: module, at: 8 };
  while (reader.at < module.length) {
    const start = reader.at;
    const id = module[reader.at++];
    const length = readUnsigned(reader);
    const end = reader.at + length;
    if (id === MEMORY_SECTION) {
      readUnsigned(reader);
      reader.at += 1;
      const minimum = readUnsigned(reader);
      const pages = Math.max(minimum, Math.floor(maxBytes / PAGE_BYTES));
      const body = [1, 1, ...writeUnsigned(minimum), ...writeUnsigned(pages)];
      const section = [MEMORY_SECTION, ...writeUnsigned(body.length), ...body];
      const bounded = new Uint8Array(start + section.length + module.length - end);
      bounded.set(module.subarray(0, start));
      bounded.set(section, start);
      bounded.set(module.subarray(end), start + section.length);
      return bounded;
    }
    reader.at = end;
  }
  throw new Error('the WebAssembly module has no memory section');
}

/** LEB128, the integers of the WebAssembly binary format. */
function readUnsigned(reader: { bytes: Uint8Array; at: number }): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) throw new Error('the WebAssembly module ends too early');
    value += (byte & 0x7f) * 2 ** shift;
    if ((byte & 0x80) === 0) return value;
  }
}

function writeUnsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}
