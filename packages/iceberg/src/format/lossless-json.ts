/** The result of `parseLosslessJson`: plain JSON, except that a long integer is a bigint. */
export type LosslessJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | LosslessJson[]
  | { [key: string]: LosslessJson };

/** 2^53 has 16 digits: every shorter integer is exact as a number. */
const EXACT_DIGITS = 15;

/** Marks a string that stands for an integer, within the text for JSON.parse. */
const MARK = '\u0000';

const LONG_INTEGER = /-?\d{16}/;
const NUMBER = /-?(?<digits>\d+)(?<fraction>(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
const BEGINS_AS_MARK = /^"\\u0000/i;
const IS_KEY = /\s*:/y;

/**
 * Parses JSON without rounding: an integer of 16 digits or more becomes a bigint. Snapshot ids are
 * 63-bit numbers, and JSON.parse silently rounds most of them. Throws SyntaxError as JSON.parse
 * does. For speed, it skips strings and uses no reviver: a table's history takes megabytes.
 */
export function parseLosslessJson(text: string): LosslessJson {
  // `revive` changes only marked strings, so its result has the declared type.
  return revive(JSON.parse(marked(text)) as LosslessJson);
}

function marked(text: string): string {
  let out = '';
  let at = 0;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const open = quote < 0 ? text.length : quote;
    const between = text.slice(at, open);
    out += LONG_INTEGER.test(between) ? between.replace(NUMBER, markInteger) : between;
    if (open === text.length) break;
    at = endOfString(text, open);
    const string = text.slice(open, at);
    out += BEGINS_AS_MARK.test(string) && !isKey(text, at) ? `"\\u0000s${string.slice(1)}` : string;
  }
  return out;
}

function markInteger(token: string, ...rest: unknown[]): string {
  const { digits, fraction } = rest.at(-1) as { digits: string; fraction: string };
  return digits.length <= EXACT_DIGITS || fraction !== '' ? token : `"\\u0000n${token}"`;
}

/**
 * The offset after the closing quote; the text's end without one, which JSON.parse then refuses.
 */
function endOfString(text: string, open: number): number {
  let at = open + 1;
  for (;;) {
    const close = text.indexOf('"', at);
    if (close < 0) return text.length;
    let escapes = 0;
    while (text[close - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return close + 1;
    at = close + 1;
  }
}

/** Whether the string is a key; keys are not marked and stay unchanged. */
function isKey(text: string, at: number): boolean {
  IS_KEY.lastIndex = at;
  return IS_KEY.test(text);
}

function revive(value: LosslessJson): LosslessJson {
  if (typeof value === 'string') {
    if (!value.startsWith(MARK)) return value;
    return value[1] === 'n' ? BigInt(value.slice(2)) : value.slice(2);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) value[i] = revive(value[i] ?? null);
    return value;
  }
  for (const key of Object.keys(value)) {
    const member = value[key] ?? null;
    const revived = revive(member);
    if (revived === member) continue;
    // An assignment to this name would change the prototype instead.
    if (key === '__proto__')
      Object.defineProperty(value, key, { value: revived, enumerable: true });
    else value[key] = revived;
  }
  return value;
}

/**
 * Writes JSON in which a bigint is an integer. Omits keys whose value is undefined, as
 * JSON.stringify does. Throws for a number that JSON cannot represent, instead of writing null.
 */
export function stringifyLosslessJson(value: unknown): string {
  switch (typeof value) {
    case 'bigint':
      return value.toString();
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`JSON has no ${value}`);
      return JSON.stringify(value);
    case 'object': {
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${value.map(stringifyLosslessJson).join(',')}]`;
      const members = Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => `${JSON.stringify(key)}:${stringifyLosslessJson(member)}`);
      return `{${members.join(',')}}`;
    }
    default:
      throw new TypeError(`JSON has no ${typeof value}`);
  }
}
