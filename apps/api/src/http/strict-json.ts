import { InputError, type Issue } from '@rat/domain';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Far above any real request. Parsing 500,000 empty lists, which fit into 1 MiB, takes 150 ms. */
const BRACKETS_MAX = 200_000;
/** Deeper values overflow the stack of those who walk them by recursion. Real requests have six levels. */
const DEPTH_MAX = 64;
/** Far above any real request: the largest pipeline has a few thousand keys. */
const KEYS_MAX = 20_000;

/**
 * Parses JSON more strictly than `JSON.parse`. Throws InputError, whose issues name the place, for
 * - text that is not JSON,
 * - an object that has a key twice (parsers disagree on which one counts),
 * - more lists, objects or keys, or a deeper nesting, than any request needs,
 * - characters that Postgres cannot store: NUL, and half of a surrogate pair.
 */
export function parseStrictJson(text: string): unknown {
  refuseTooMany(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid([], cause);
  }
  const { key, issue } = new Inspection(text).run();
  if (key !== undefined) {
    const message = `the key ${key} is given twice`;
    throw new InputError(`invalid request body: ${message}`, [{ path: key, message }]);
  }
  if (issue !== undefined) throw invalid([issue]);
  return value;
}

function invalid(issues: readonly Issue[], cause?: unknown): InputError {
  return new InputError('invalid request body', issues, { cause });
}

/**
 * Counts brackets, their depth and keys before parsing, so the text may be invalid JSON. It ends at the first that is too
 * many: a hostile body of 1 MiB costs as little as a small one.
 */
function refuseTooMany(text: string): void {
  let brackets = 0;
  let depth = 0;
  let keys = 0;
  let isInString = false;
  const refuse = (most: number, what: string): never => {
    throw invalid([{ path: '', message: `must not have more than ${most} ${what}` }]);
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) isInString = !isInString;
    else if (isInString) at += character === BACKSLASH ? 1 : 0;
    else if (character === OPEN_LIST || character === OPEN_OBJECT) {
      brackets += 1;
      depth += 1;
      if (depth > DEPTH_MAX) refuse(DEPTH_MAX, 'levels');
      if (brackets > BRACKETS_MAX) refuse(BRACKETS_MAX, 'lists and objects');
    } else if (character === CLOSE_LIST || character === CLOSE_OBJECT) depth -= 1;
    else if (character === COLON) {
      keys += 1;
      if (keys > KEYS_MAX) refuse(KEYS_MAX, 'keys');
    }
  }
}

const UNSTORABLE = /\0|\p{Surrogate}/u;

/**
 * Checks valid JSON in one pass over its text. It allocates no object for a token: a body of 1 MiB has up to a million tokens.
 */
class Inspection {
  readonly #text: string;
  /** For each open list or object: the index of the current element, or the current key. */
  readonly #places: (number | string)[] = [];
  /**
   * The keys of each open object so far. One key needs no set: most objects in a large body are
   * small.
   */
  readonly #keys: (Set<string> | string | undefined)[] = [];
  #issue: Issue | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The first key that its object has twice, and the first character that cannot be stored. */
  run(): { key: string | undefined; issue: Issue | undefined } {
    const text = this.#text;
    for (let at = 0; at < text.length; at += 1) {
      switch (text.charCodeAt(at)) {
        case QUOTE: {
          const end = this.#endOfString(at);
          const key = this.#takeString(at, end);
          if (key !== undefined) return { key, issue: undefined };
          at = end;
          break;
        }
        case OPEN_LIST:
          this.#open(0);
          break;
        case OPEN_OBJECT:
          this.#open('');
          break;
        case CLOSE_LIST:
        case CLOSE_OBJECT:
          this.#places.pop();
          this.#keys.pop();
          break;
        case COMMA: {
          const place = this.#places.at(-1);
          if (typeof place === 'number') this.#places[this.#places.length - 1] = place + 1;
        }
      }
    }
    return { key: undefined, issue: this.#issue };
  }

  #open(place: number | string): void {
    this.#places.push(place);
    this.#keys.push(undefined);
  }

  /** The place of the closing quote: the next one with an even number of backslashes before it. */
  #endOfString(start: number): number {
    for (let end = start; ;) {
      end = this.#text.indexOf('"', end + 1);
      let before = end - 1;
      while (this.#text.charCodeAt(before) === BACKSLASH) before -= 1;
      if ((end - before) % 2 === 1) return end;
    }
  }

  /** Returns the string when it is a key that its object already has. */
  #takeString(start: number, end: number): string | undefined {
    const isKey = this.#isColonAfter(end);
    const raw = this.#text.slice(start + 1, end);
    const string = raw.includes('\\') ? String(JSON.parse(`"${raw}"`)) : raw;
    if (this.#issue === undefined && string !== raw) this.#check(string, isKey);
    return isKey ? this.#takeKey(string) : undefined;
  }

  #isColonAfter(end: number): boolean {
    let at = end + 1;
    while (' \t\r\n'.includes(this.#text.charAt(at)) && at < this.#text.length) at += 1;
    return this.#text.charCodeAt(at) === COLON;
  }

  /**
   * Reports a character that cannot be stored. Only an escape can produce one that UTF-8 text or a
   * JSON string must not contain.
   */
  #check(string: string, isKey: boolean): void {
    const character = UNSTORABLE.exec(string)?.[0];
    if (character === undefined) return;
    const name = character === '\0' ? 'the character NUL' : 'half of a surrogate pair';
    const path = (isKey ? this.#places.slice(0, -1) : this.#places).join('.');
    this.#issue = { path, message: `must not contain ${name}${isKey ? ' in a key' : ''}` };
  }

  #takeKey(key: string): string | undefined {
    const top = this.#places.length - 1;
    const keys = this.#keys[top];
    this.#places[top] = key;
    if (keys === undefined) this.#keys[top] = key;
    else if (typeof keys === 'string') {
      if (keys === key) return key;
      this.#keys[top] = new Set([keys, key]);
    } else {
      if (keys.has(key)) return key;
      keys.add(key);
    }
    return undefined;
  }
}
