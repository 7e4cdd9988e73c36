/**
 * Control, format, private-use and unassigned characters, lone surrogates, line and paragraph
 * separators.
 */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]/u;

/** The same set without line breaks and tabs. */
const HIDDEN_IN_TEXT = /(?![\n\r\t])[\p{C}\p{Zl}\p{Zp}]/u;

/** A character with a visible glyph: no space, no lone mark, no ignorable code point. */
const VISIBLE = /[^\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Characters that are invisible in a name or make it look like another name. */
const HIDDEN_IN_NAME = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\ufffd]/u;

/** The longest name of a landing file, in bytes of UTF-8. */
const NAME_MAX_BYTES = 200;

/** Path separators of any system, and DuckDB's glob characters. */
const UNUSABLE = /[/\\*?[\]]/;

const RESERVED_NAMES: readonly string[] = ['_processed', '_samples'];

/** Whether the text contains any visible character. */
export function hasVisibleText(text: string): boolean {
  return VISIBLE.test(text);
}

/** The first invisible character of a one-line text, as `U+202E`; undefined when there is none. */
export function findHiddenInLine(text: string): string | undefined {
  return spell(HIDDEN.exec(text)?.[0]);
}

/** Like `findHiddenInLine`, for a text of several lines. */
export function findHiddenInText(text: string): string | undefined {
  return spell(HIDDEN_IN_TEXT.exec(text)?.[0]);
}

/**
 * The reason why a landing zone's file cannot have this name; undefined for a valid name, which
 * means the same file on every system and to every reader. The rule applies to names from requests
 * and from the disk.
 */
export function landingNameProblem(name: string): string | undefined {
  if (name === '') return 'must not be empty';
  if (new TextEncoder().encode(name).length > NAME_MAX_BYTES) {
    return `must be at most ${NAME_MAX_BYTES} bytes long`;
  }
  if (name.startsWith('.')) return 'must not begin with a dot';
  if (UNUSABLE.test(name) || /\p{Cc}/u.test(name)) {
    return 'must not contain / \\ * ? [ ] or control characters';
  }
  const hidden = spell(HIDDEN_IN_NAME.exec(name)?.[0]);
  if (hidden !== undefined)
    return `must not contain the character ${hidden}, which a reader cannot see`;
  if (/^\p{Z}|\p{Z}$/u.test(name)) return 'must not begin or end with a space';
  if (name.normalize('NFC') !== name) {
    return 'must write accents as one character with their letter (Unicode NFC)';
  }
  if (RESERVED_NAMES.includes(name.toLowerCase())) {
    return `must not be ${RESERVED_NAMES.join(' or ')}`;
  }
  return undefined;
}

function spell(character: string | undefined): string | undefined {
  const code = character?.codePointAt(0);
  return code === undefined ? undefined : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
