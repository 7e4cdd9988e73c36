import { SECRET_NAME, scrubBarePairs } from './scrub-bare-pairs.ts';
import { SUSPECT_SHAPE, scrubSecretShapes } from './scrub-secret-shapes.ts';

/** A cheap pre-check: text without any of these needs no scrubbing, as most lines. */
const SUSPECT =
  /:\/\/|["']\/|passw|passphrase|pwd|secret|token|key|signature|credential|authoriz|cookie/i;

/**
 * `PASSWORD 'x'`, `secret = 'x'`, `'token': 'x'`, also when the text ends within the value. A
 * `key = 'x'` is a column. A backslash before a quote continues the value, as in `E'a\'b'` and in
 * strings of other languages.
 */
const NAMED_LITERAL = new RegExp(
  `(?<![\\w-])((?:[\\w-]*${SECRET_NAME}["']?(?:\\s*(?::=|=>|[=:])\\s*|\\s+)|key\\s+)e?)` +
    `'([^'\\\\]*(?:(?:''|\\\\[\\s\\S])[^'\\\\]*)*)(?:'|$)`,
  'gi',
);

/** `PASSWORD $$x$$`, with or without a tag between the signs. */
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

/**
 * `"token": "x"` and `password="x"`; with other spaces it is SQL, where the quotes enclose a
 * column.
 */
const NAMED_STRING = new RegExp(
  `(?<![\\w-])([\\w-]*${SECRET_NAME}(?:["']?\\s*:\\s*|=))"([^"\\\\\\n]*(?:\\\\.[^"\\\\\\n]*)*)(?:"|$)`,
  'gi',
);

/** Literals and comments of SQL; outside of them `token=b` compares two columns. */
const LITERAL_OR_COMMENT =
  /'[^']*(?:''[^']*)*'?|"[^"]*"?|\$\$[\s\S]*?(?:\$\$|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;

/** `&token=x`, as in a URL. */
const NAMED_PARAMETER = new RegExp(
  `([?&](?:[\\w.-]*${SECRET_NAME}|key|sig|auth|code|sas)=)[^\\s&;,'"#)]+`,
  'gi',
);

/** `password=x`, as in a connection string within a literal, where no columns are compared. */
const NAMED_PART = new RegExp(
  `((?:(?<![\\w.-])[\\w-]*${SECRET_NAME}|[?&](?:key|sig|auth))=)[^\\s&;,'"#]+`,
  'gi',
);

const USER_INFO = /(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s"'/?#]*@/gi;

/** A quoted absolute path of two or more parts; a lone `'/'` is usually a separator. */
const QUOTED_PATH = /(["'])(?:file:\/\/)?((?:\/[^"'\n/]+){2,}\/?)\1/g;

/**
 * Removes secrets and local paths from text for a run's log or error message. SQL keeps its
 * comparisons and its line breaks, and a path keeps its last part. `folders` are the platform's own
 * folders, absolute and without a trailing slash; every path below them is masked, quoted or not.
 * Scrubbed text stays the same.
 *
 * @example
 * scrubLogText("ATTACH 'host=db password=x'"); // ATTACH 'host=db password=***'
 * scrubLogText("FROM '/srv/rat/in/a.csv'"); // FROM '<path>/a.csv'
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

/** Reduces an absolute path to its last part, which is enough for an author. */
export function maskPath(path: string): string {
  const name = path.split('/').findLast((part) => part !== '');
  return name === undefined ? '<path>' : `<path>/${name}`;
}

/** Keeps the line breaks, so that error positions still point to the right line. */
function mask(secret: string): string {
  return `***${secret.replace(/[^\n]+/g, '')}`;
}
