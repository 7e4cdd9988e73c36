/** What `parseLosslessJson` returns: plain JSON, except that a long integer is a bigint. */
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

/** Marks, within the text handed to JSON.parse, a string that stands for an integer. */
const MARK = '\u0000';

const TOKEN =
  /"[^"\\]*(?:\\.[^"\\]*)*"(?<key>\s*:)?|-?(?<digits>\d+)(?<fraction>(?:\.\d+)?(?:[eE][+-]?\d+)?)/gs;

/**
 * Parses JSON without rounding: an integer of 16 digits or more becomes a bigint. Snapshot ids are 63-bit numbers, and
 * JSON.parse silently turns most of them into their neighbours. Throws SyntaxError as JSON.parse does.
 */
export function parseLosslessJson(text: string): LosslessJson {
  const marked = text.replace(TOKEN, (token: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as { key?: string; digits?: string; fraction?: string };
    if (groups.digits !== undefined) {
      const short = groups.digits.length <= EXACT_DIGITS || groups.fraction !== '';
      return short ? token : `"\\u0000n${token}"`;
    }
    // A string that itself begins with the mark gets a second one, so that it cannot pass for an integer. Keys are
    // never revived and stay.
    return groups.key === undefined && token.startsWith('"\\u0000')
      ? `"\\u0000s${token.slice(1)}`
      : token;
  });
  // The replacement above is the only source of marks, so the reviver's result is what the type says.
  return JSON.parse(marked, revive) as LosslessJson;
}

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith(MARK)) return value;
  return value[1] === 'n' ? BigInt(value.slice(2)) : value.slice(2);
}

/**
 * Writes JSON in which a bigint is an integer. Keys whose value is undefined are left out, as JSON.stringify does;
 * a number that JSON cannot hold is refused rather than written as null.
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
