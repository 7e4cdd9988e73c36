import { maskPath } from './scrub-log-text.ts';

/** A quoted URL or absolute path, and a bare absolute path of two or more parts. */
const QUOTED_URL = /(["'])[a-z][a-z0-9+.-]*:\/\/[^"'\n]*\1/gi;
const QUOTED_PATH = /(["'])(?:\/[^"'\n/]*)+\1/g;
const BARE_PATH = /(?<![\w.)\]/])(?:\/[\w.@+~:*-]+){2,}\/?/g;

/** Masks paths and URLs in a message: keeps a path's last part, and removes a URL whole. */
export function scrubPaths(message: string): string {
  return message
    .replace(QUOTED_URL, '$1<url>$1')
    .replace(QUOTED_PATH, (path, quote: string) => `${quote}${maskPath(path.slice(1, -1))}${quote}`)
    .replace(BARE_PATH, maskPath);
}
