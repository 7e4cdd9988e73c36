/** Where a sign-in without a page of its own leads. */
const HOME = '/board';

/** The cookie that holds the path has room for 4,096 characters, and a browser drops a longer one. */
const PATH_MAX = 2_000;

/** An origin that no page has, to resolve a path against. */
const NOWHERE = 'http://nowhere.invalid';

/**
 * The path of this service that a sign-in returns to, with its query and its hash. Everything that a browser could take for
 * another site, and the pages of the sign-in itself, become the start page. An address that is too long loses its query.
 */
export function toLocalPath(text: string | undefined): string {
  // A browser removes control characters, and reads a backslash as a slash.
  if (text === undefined || !/^\/[\x20-\x5b\x5d-\x7e]*$/.test(text)) return HOME;
  if (text.startsWith('//') || !URL.canParse(text, NOWHERE)) return HOME;
  const { origin, pathname, search, hash } = new URL(text, NOWHERE);
  if (origin !== NOWHERE || pathname.startsWith('//') || pathname.startsWith('/sign-in'))
    return HOME;
  const whole = pathname + search + hash;
  if (whole.length <= PATH_MAX) return whole;
  return pathname.length <= PATH_MAX ? pathname : HOME;
}
