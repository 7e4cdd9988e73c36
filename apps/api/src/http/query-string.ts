import { InputError } from '@rat/domain';
import { decodeUtf8 } from './utf8.ts';

/**
 * Parses the query of a request target. The values of a parameter of `lists` that is given several
 * times are joined by commas. Throws InputError for any other parameter that is given twice, and for
 * one that cannot be decoded.
 */
export function parseQueryString(
  target: string,
  lists: readonly string[] = [],
): Record<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of queryOf(target).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals), undefined);
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1), name);
    const earlier = parameters.get(name);
    if (earlier !== undefined && !lists.includes(name)) {
      throw new InputError(`${name}: must be given once`, [
        { path: name, message: 'must be given once' },
      ]);
    }
    parameters.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(parameters);
}

function queryOf(target: string): string {
  const [beforeFragment = ''] = target.split('#', 1);
  const mark = beforeFragment.indexOf('?');
  return mark < 0 ? '' : beforeFragment.slice(mark + 1);
}

/**
 * `name` is the parameter that the text is the value of; undefined when the text is the name
 * itself.
 */
function decode(text: string, name: string | undefined): string {
  const what = name === undefined ? 'the name of a parameter' : `${name}:`;
  return decodeUtf8(percentDecode(text.replaceAll('+', ' '), what), what);
}

/**
 * Decodes percent-encoded text to bytes. Throws InputError for a `%` without two hexadecimal digits
 * after it.
 */
export function percentDecode(text: string, what: string): Uint8Array {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '%') {
      // Node decodes bytes beyond ASCII as Latin-1.
      bytes.push(text.charCodeAt(at) & 0xff);
      continue;
    }
    const digits = text.slice(at + 1, at + 3);
    if (!/^[0-9a-f]{2}$/i.test(digits)) {
      const message = `must have two hexadecimal digits after the % at character ${at + 1}; a % itself is %25`;
      throw new InputError(`${what} ${message}`, [{ path: '', message }]);
    }
    bytes.push(Number.parseInt(digits, 16));
    at += 2;
  }
  return Uint8Array.from(bytes);
}
