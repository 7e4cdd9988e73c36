/** Control, format, private and unassigned characters, halves of a pair, and the separators of lines and paragraphs. */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]/u;

/** The same without what divides an ordinary text into lines and columns. */
const HIDDEN_IN_TEXT = /(?![\n\r\t])[\p{C}\p{Zl}\p{Zp}]/u;

/** A character that leaves ink: no space, no mark without a letter, none that fonts show as nothing. */
const VISIBLE = /[^\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Characters that a name must not hold because a reader cannot see them, or sees another name because of them. */
const HIDDEN_IN_NAME = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\ufffd]/u;

/** The longest name of a landing file, in bytes of UTF-8. */
const NAME_MAX_BYTES = 200;

/** What separates folders anywhere, and what DuckDB takes for a pattern. */
const UNUSABLE = /[/\\*?[\]]/;

const RESERVED_NAMES: readonly string[] = ['_processed', '_samples'];

/** Whether a reader sees anything of the text at all. */
export function hasVisibleText(text: string): boolean {
  return VISIBLE.test(text);
}

/** The first character of a one-line text that a reader cannot see, as `U+202E`; undefined when there is none. */
export function findHiddenInLine(text: string): string | undefined {
  return spell(HIDDEN.exec(text)?.[0]);
}

/** As `findHiddenInLine`, for a text of several lines. */
export function findHiddenInText(text: string): string | undefined {
  return spell(HIDDEN_IN_TEXT.exec(text)?.[0]);
}

/**
 * Why a file of a landing zone cannot have this name; undefined for a name that means the same file to every system and
 * every reader. One rule for a name from a request and for a name from the disk.
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
