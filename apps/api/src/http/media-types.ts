/** A media type or range: `type` in lower case, and its parameters by their names in lower case. */
export interface MediaType {
  type: string;
  parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(
  `;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?[ \\t]*`,
  'y',
);
const TYPE = new RegExp(`^[ \\t]*(${TOKEN}/${TOKEN})[ \\t]*`);

/** Reads a media type as RFC 9110 section 8.3.1 has it; undefined for text that is none. */
export function parseMediaType(text: string): MediaType | undefined {
  const [start, type] = TYPE.exec(text) ?? [];
  const parameters = start === undefined ? undefined : parseParameters(text.slice(start.length));
  if (type === undefined || parameters === undefined) return undefined;
  return { type: type.toLowerCase(), parameters };
}

function parseParameters(text: string): Map<string, string> | undefined {
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = 0;
  while (PARAMETER.lastIndex < text.length) {
    const match = PARAMETER.exec(text);
    if (match === null) return undefined;
    const [, name, token, quoted] = match;
    if (name === undefined) continue;
    // A parameter that is given twice has no defined meaning.
    if (parameters.has(name.toLowerCase())) return undefined;
    parameters.set(name.toLowerCase(), token ?? (quoted ?? '').replaceAll(/\\(.)/g, '$1'));
  }
  return parameters;
}

/** Whether a `charset` parameter means UTF-8, which is what an absent one means here. */
export function isUtf8Charset(charset: string | undefined): boolean {
  return charset === undefined || /^utf-?8$/i.test(charset);
}
