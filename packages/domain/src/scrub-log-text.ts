import { SECRET_NAME, scrubBarePairs } from './scrub-bare-pairs.ts';
import { SUSPECT_SHAPE, scrubSecretShapes } from './scrub-secret-shapes.ts';

/** What never needs scrubbing has none of these: most lines, so this is all that they cost. */
const SUSPECT =
  /:\/\/|["']\/|passw|passphrase|pwd|secret|token|key|signature|credential|authoriz|cookie/i;

/**
 * `PASSWORD 'x'`, `secret = 'x'`, `'token': 'x'`, also where the text ends within the value. A `key = 'x'` is a column. A
 * backslash before a quote continues the value, as in `E'a\'b'` and in other languages' strings.
 */
const NAMED_LITERAL = new RegExp(
  `(?<![\\w-])((?:[\\w-]*${SECRET_NAME}["']?(?:\\s*(?::=|=>|[=:])\\s*|\\s+)|key\\s+)e?)` +
    `'([^'\\\\]*(?:(?:''|\\\\[\\s\\S])[^'\\\\]*)*)(?:'|$)`,
  'gi',
);

/** `PASSWORD $$x$$`, with a tag between the signs or without. */
const NAMED_DOLLAR = new RegExp(
  `(?<![\\w-])([\\w-]*${SECRET_NAME}(?:\\s*(?::=|=>|[=:])\\s*|\\s+))\\$(\\w*)\\$([\\s\\S]*?)(?:\\$\\2\\$|$)`,
  'gi',
);

/** JSON within a JSON string: `\\"token\\": \\"x\\"`. */
const NAMED_ESCAPED = new RegExp(
  `(?<![\\w-])([\\w-]*${SECRET_NAME}\\\\+"\\s*:\\s*\\\\+")((?:(?!\\\\+")[^\\n])*)`,
  'gi',
);

/** `"pwd": 1234`. */
const NAMED_NUMBER = new RegExp(`(?<![\\w-])([\\w-]*${SECRET_NAME}"\\s*:\\s*)-?\\d[\\w.]*`, 'gi');

/** `"token": "x"` and `password="x"`; with other spaces it is SQL, where such quotes are around a column. */
const NAMED_STRING = new RegExp(
  `(?<![\\w-])([\\w-]*${SECRET_NAME}(?:["']?\\s*:\\s*|=))"([^"\\\\\\n]*(?:\\\\.[^"\\\\\\n]*)*)(?:"|$)`,
  'gi',
);

/** What is text to SQL: outside of it, `token=b` compares two columns. */
const LITERAL_OR_COMMENT =
  /'[^']*(?:''[^']*)*'?|"[^"]*"?|\$\$[\s\S]*?(?:\$\$|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;

/** `&token=x`, as in an address. */
const NAMED_PARAMETER = new RegExp(
  `([?&](?:[\\w.-]*${SECRET_NAME}|key|sig|auth|code|sas)=)[^\\s&;,'"#)]+`,
  'gi',
);

/** `password=x` as in a connection string within a literal, where nothing compares columns. */
const NAMED_PART = new RegExp(
  `((?:(?<![\\w.-])[\\w-]*${SECRET_NAME}|[?&](?:key|sig|auth))=)[^\\s&;,'"#]+`,
  'gi',
);

const USER_INFO = /(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s"'/?#]*@/gi;

/** A quoted absolute path of two or more parts; `'/'` is more often what a text is split at. */
const QUOTED_PATH = /(["'])(?:file:\/\/)?((?:\/[^"'\n/]+){2,}\/?)\1/g;

/**
 * Takes secrets and local paths out of text for a run's log, or for the error that it ends with. SQL stays SQL: what a
 * statement compares and where its lines end is as it was, and a path keeps its last part. `folders` are our own, absolute
 * and without a slash at the end: below them no path is told, quoted or not. Text that is scrubbed already stays the same.
 */
export function scrubLogText(text: string, folders: readonly string[] = []): string {
  let clean = text;
  if (SUSPECT_SHAPE.test(text)) clean = scrubSecretShapes(clean);
  if (SUSPECT.test(text)) {
    clean = clean
      .replace(USER_INFO, '$1***@')
      .replace(NAMED_LITERAL, (_, name: string, value: string) => `${name}'${mask(value)}'`)
      .replace(NAMED_DOLLAR, (_, name: string, tag: string, value: string) => {
        return `${name}$${tag}$${mask(value)}$${tag}$`;
      })
      .replace(NAMED_ESCAPED, '$1***')
      .replace(NAMED_NUMBER, '$1***')
      .replace(NAMED_STRING, (_, name: string, value: string) => `${name}"${mask(value)}"`)
      .replace(LITERAL_OR_COMMENT, (literal) => literal.replace(NAMED_PART, '$1***'))
      .replace(NAMED_PARAMETER, '$1***')
      .replace(QUOTED_PATH, (_, quote: string, path: string) => quote + maskPath(path) + quote);
    clean = scrubBarePairs(clean);
  }
  for (const folder of folders) {
    if (clean.includes(folder)) clean = clean.replaceAll(`${folder}/`, '<path>/');
  }
  return clean;
}

/** An absolute path by its last part, which is all that an author needs of it. */
export function maskPath(path: string): string {
  const name = path.split('/').findLast((part) => part !== '');
  return name === undefined ? '<path>' : `<path>/${name}`;
}

/** Lines are counted by whoever points at one. */
function mask(secret: string): string {
  return `***${secret.replace(/[^\n]+/g, '')}`;
}
