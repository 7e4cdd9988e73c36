/** What never needs scrubbing has none of these: most lines, so this is all that they cost. */
const SUSPECT = /:\/\/|["']\/|passw|passphrase|pwd|secret|token|key|signature|credential|authoriz/i;

/** Ends of names whose value is nobody's business; `token_count` and `sort_key` are none of them. */
const SECRET_NAME =
  '(?:passw(?:or)?d|passphrase|pwd|secret|token|signature|credentials?|authorization|' +
  '(?:access|account|api|auth|private|secret|shared|signing)[_-]?key(?:[_-]?id)?|key[_-]?id)';

/** `PASSWORD 'x'`, `secret = 'x'`, `'token': 'x'`, also where the text ends within the value. A `key = 'x'` is a column. */
const NAMED_LITERAL = new RegExp(
  `(?<![\\w-])((?:[\\w-]*${SECRET_NAME}["']?(?:\\s*(?::=|=>|[=:])\\s*|\\s+)|key\\s+)e?)` +
    `'([^']*(?:''[^']*)*)(?:'|$)`,
  'gi',
);

/** `"token": "x"` and `password="x"`; with other spaces it is SQL, where such quotes are around a column. */
const NAMED_STRING = new RegExp(
  `(?<![\\w-])([\\w-]*${SECRET_NAME}(?:["']?\\s*:\\s*|=))"([^"\\n]*)(?:"|$)`,
  'gi',
);

/** What is text to SQL: outside of it, `token=b` compares two columns. */
const LITERAL_OR_COMMENT =
  /'[^']*(?:''[^']*)*'?|"[^"]*"?|\$\$[\s\S]*?(?:\$\$|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;

/** `password=x` as in a connection string, `&token=x` as in an address. */
const NAMED_PART = new RegExp(
  `((?:(?<![\\w.-])[\\w-]*${SECRET_NAME}|[?&](?:key|sig|auth))=)[^\\s&;,'"#]+`,
  'gi',
);

const USER_INFO = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s"'/?#]*@/gi;

/** A quoted absolute path of two or more parts; `'/'` is more often what a text is split at. */
const QUOTED_PATH = /(["'])(?:file:\/\/)?((?:\/[^"'\n/]+){2,}\/?)\1/g;

/**
 * Takes secrets and local paths out of text for a run's log, or for the error that it ends with. SQL stays SQL: what a
 * statement compares and where its lines end is as it was, and a path keeps its last part. `folders` are our own, absolute
 * and without a slash at the end: below them no path is told, quoted or not. Text that is scrubbed already stays the same.
 */
export function scrubLogText(text: string, folders: readonly string[] = []): string {
  let clean = text;
  if (SUSPECT.test(text)) {
    clean = clean
      .replace(USER_INFO, '$1***@')
      .replace(NAMED_LITERAL, (_, name: string, value: string) => `${name}'${mask(value)}'`)
      .replace(NAMED_STRING, (_, name: string, value: string) => `${name}"${mask(value)}"`)
      .replace(LITERAL_OR_COMMENT, (literal) => literal.replace(NAMED_PART, '$1***'))
      .replace(QUOTED_PATH, (_, quote: string, path: string) => quote + maskPath(path) + quote);
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
