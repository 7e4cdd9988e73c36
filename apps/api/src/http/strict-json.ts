import { InputError, type Issue } from '@rat/domain';

/** Strings of JSON, each with whether a colon follows, and brackets; what is between them does not matter here. */
const TOKEN = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[{}[\]]/g;

/**
 * JSON as a value. Throws InputError for text that is not JSON, for an object that has a key twice (parsers disagree on
 * which one counts), and for characters that Postgres cannot store: NUL, and half of a surrogate pair. Its issues name
 * the place.
 */
export function parseStrictJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid([], cause);
  }
  const key = findDuplicateKey(text);
  if (key !== undefined) {
    const message = `the key ${key} is given twice`;
    throw new InputError(`invalid request body: ${message}`, [{ path: key, message }]);
  }
  const issue = findUnstorable(value);
  if (issue !== undefined) throw invalid([issue]);
  return value;
}

function invalid(issues: readonly Issue[], cause?: unknown): InputError {
  return new InputError('invalid request body', issues, { cause });
}

/** The text has to be valid JSON. */
function findDuplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (const [token, string, colon] of text.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (string !== undefined && colon !== undefined) {
      const key = string.includes('\\') ? String(JSON.parse(`"${string}"`)) : string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

const UNSTORABLE = /\0|\p{Surrogate}/u;

/** Walks without recursion: a body may be nested deeper than a stack. */
function findUnstorable(value: unknown): Issue | undefined {
  const left: { value: unknown; path: Path | undefined }[] = [{ value, path: undefined }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { path } = next;
    if (typeof next.value === 'string') {
      const character = UNSTORABLE.exec(next.value)?.[0];
      if (character !== undefined) return issueAt(path, character);
    }
    if (typeof next.value !== 'object' || next.value === null) continue;
    for (const [key, member] of Object.entries(next.value)) {
      const character = UNSTORABLE.exec(key)?.[0];
      if (character !== undefined) return issueAt(path, character, ' in a key');
      left.push({ value: member, path: { key, parent: path } });
    }
  }
  return undefined;
}

interface Path {
  key: string;
  parent: Path | undefined;
}

function issueAt(path: Path | undefined, character: string, where = ''): Issue {
  const keys: string[] = [];
  for (let at = path; at !== undefined; at = at.parent) keys.unshift(at.key);
  const name = character === '\0' ? 'the character NUL' : 'half of a surrogate pair';
  return { path: keys.join('.'), message: `must not contain ${name}${where}` };
}
