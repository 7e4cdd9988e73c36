import { createHash } from 'node:crypto';
import { UnauthenticatedError } from '@rat/domain';
import type { Request, RequestHandler, Response } from 'express';

const STYLE = `body{font:16px system-ui,sans-serif;display:grid;place-items:center;min-height:90vh;margin:0}
form{display:grid;gap:12px;width:min(24rem,90vw)}input,button{font:inherit;padding:8px}output{color:#b00020;min-height:1.5em}`;

/** Changes the token for a session, and shows the page again that the browser had asked for. */
const SCRIPT = `const form = document.querySelector('form');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const answer = await fetch('/api/v1/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: form.elements.token.value.trim() }),
  });
  if (answer.ok) location.reload();
  else document.querySelector('output').textContent = (await answer.json()).error.message;
});`;

const PAGE_START = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in – RAT Runs</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>
<body><form><h1>Sign in</h1><label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button><output role="alert"></output>`;

const PAGE_END = `</form><script>${SCRIPT}</script></body></html>`;

/** The page runs its own script and speaks to this API; nothing else may be added to it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(SCRIPT)}'`,
  `style-src '${hashOf(STYLE)}'`,
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Lets a person sign in where `guard` turns a browser away from a page: the 401 is a form for the token, with a link to the
 * identity provider at `providerPath`. Programs get the 401 of every route.
 */
export function offerSignIn(
  guard: RequestHandler,
  { providerPath }: { providerPath: string | undefined },
): RequestHandler {
  return (req, res, next) => {
    const answer = (error?: unknown): void => {
      if (error instanceof UnauthenticatedError && wantsPage(req)) sendPage(req, res, providerPath);
      else next(error);
    };
    void Promise.resolve(guard(req, res, answer)).catch(answer);
  };
}

/** Whether a browser shows the answer to a person. Scripts of a page accept anything. */
function wantsPage(req: Request): boolean {
  return req.method === 'GET' && (req.get('accept') ?? '').includes('text/html');
}

function sendPage(req: Request, res: Response, providerPath: string | undefined): void {
  const returnTo = encodeURIComponent(req.originalUrl).replaceAll("'", '%27');
  const link =
    providerPath === undefined
      ? ''
      : `<a href="${providerPath}?return_to=${returnTo}">Sign in with your account</a>`;
  res
    .status(401)
    .set({
      'WWW-Authenticate': 'Bearer realm="rat"',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    })
    .type('html')
    .send(PAGE_START + link + PAGE_END);
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
