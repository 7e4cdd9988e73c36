/** A file's name as the file system stores it. */
export interface FileName {
  /** undefined when the bytes are not UTF-8; no text equals such a name. */
  name: string | undefined;
  /** The name for display: bytes that are not UTF-8 are written as `\xe9`. */
  shown: string;
}

const STRICT = { fatal: true, ignoreBOM: true } as const;

/** Decodes a name without replacing any byte. */
export function decodeFileName(bytes: Uint8Array): FileName {
  const name = decode(bytes);
  return { name, shown: name ?? escapeForeign(bytes) };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', STRICT).decode(bytes);
  } catch {
    return undefined;
  }
}

function escapeForeign(bytes: Uint8Array): string {
  let shown = '';
  for (let at = 0; at < bytes.length;) {
    // A character takes one to four bytes in UTF-8.
    const length = [1, 2, 3, 4].find((n) => decode(bytes.subarray(at, at + n)) !== undefined);
    const end = at + (length ?? 1);
    shown +=
      length === undefined
        ? `\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`
        : (decode(bytes.subarray(at, end)) ?? '');
    at = end;
  }
  return shown;
}
