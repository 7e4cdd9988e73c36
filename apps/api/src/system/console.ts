import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Router, type RequestHandler } from 'express';
import sirv from 'sirv';
import { HttpError } from '../http/http-error.ts';

/** The path of the web console, without the slash at its end. */
export const CONSOLE_PATH = '/console';

/**
 * The content security policy of the console. Its scripts may write no HTML and start no worker but through the policy `rat`
 * of Trusted Types, which lets only addresses of this origin pass.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types rat',
].join('; ');

const ALLOW = 'GET, HEAD, OPTIONS';
const ASSETS = '/assets/';

/** The site that the build writes; the same folder from the sources and from `dist`. */
const SITE = fileURLToPath(new URL('../../../console/dist/site/', import.meta.url));

/**
 * The files of the web console, to be mounted at CONSOLE_PATH. Anyone may read them: they show no data. An address of the
 * console is not a file, so every path outside of its assets is answered with its page.
 */
export function createConsole(): Router {
  const router = Router();
  router.use((req, res, next) => {
    res.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    if (req.originalUrl.split('?', 1)[0] === CONSOLE_PATH) res.redirect(302, `${CONSOLE_PATH}/`);
    else if (req.method === 'GET' || req.method === 'HEAD') next();
    else if (req.method === 'OPTIONS') res.set('Allow', ALLOW).status(204).end();
    else {
      const headers = { Allow: ALLOW };
      throw new HttpError(405, 'METHOD_NOT_ALLOWED', 'this page is read-only', { headers });
    }
  });
  if (existsSync(SITE)) router.use(serveSite());
  router.use((req) => {
    const isAsset = req.path.startsWith(ASSETS);
    const message = isAsset
      ? 'no such file; after an upgrade, reload the page'
      : 'the console is not built; `npm run prepare:workspace` builds it';
    throw new HttpError(404, 'NOT_FOUND', message);
  });
  return router;
}

/** The names of assets have a hash of their content, so that a browser may keep them for good. */
function serveSite(): RequestHandler {
  return sirv(SITE, {
    // Looks at the disk each time: a build beside a running API replaces the files.
    dev: true,
    brotli: true,
    gzip: true,
    single: true,
    ignores: [/^\/assets\//],
    setHeaders: (res, path) => {
      if (path.startsWith(ASSETS))
        res.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
    },
  });
}

/** Sends a person who opens `/` in a browser to the console. Programs get the answer of the API. */
export function sendBrowsersToConsole(): RequestHandler {
  return (req, res, next) => {
    res.vary('Accept');
    if ((req.get('accept') ?? '').includes('text/html'))
      res.status(302).location(`${CONSOLE_PATH}/`).end();
    else next();
  };
}
