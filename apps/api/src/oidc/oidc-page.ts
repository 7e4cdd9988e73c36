import { createHash } from 'node:crypto';
import type { Response } from 'express';

const STYLE = `body{font:16px system-ui,sans-serif;display:grid;place-items:center;min-height:90vh;margin:0}
main{width:min(32rem,90vw)}`;

/** The page runs no script and loads nothing. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A page that ends a sign-in. */
export interface OidcPage {
  status: number;
  title: string;
  text: string;
  /** The path that its link leads to. */
  link: { path: string; text: string };
  /** The browser follows the link by itself. */
  follows?: boolean;
}

/** Sends the page. Every text on it is escaped. */
export function sendOidcPage(res: Response, page: OidcPage): void {
  const path = escape(page.link.path);
  const refresh =
    page.follows === true ? `<meta http-equiv="refresh" content="0;url=${path}">` : '';
  res
    .status(page.status)
    .set('Content-Security-Policy', CONTENT_SECURITY_POLICY)
    .type('html')
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(page.title)} – RAT Runs</title>${refresh}
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>
<body><main><h1>${escape(page.title)}</h1><p>${escape(page.text)}</p>
<p><a href="${path}">${escape(page.link.text)}</a></p></main></body></html>`,
    );
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
