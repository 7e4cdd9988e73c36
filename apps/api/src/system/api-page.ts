import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Access } from '@rat/contracts';
import { Router } from 'express';
import { HttpError } from '../http/http-error.ts';

/**
 * The content security policy of the page. Swagger UI sets styles from its script, which a policy
 * for stylesheets allows, and has its icons as `data:` URLs. It needs nothing from another host.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const STATIC_MAX_AGE_SECONDS = 3_600;

/** The page shows the document of `/openapi.json`, and no data of the installation. */
export const API_PAGE_ACCESS: Access = { role: 'viewer', namespace: 'none' };

const ALLOW = 'GET, HEAD, OPTIONS';

/** Files of the package that the page needs. The others are further builds, and their maps. */
const PACKAGE_FILES = ['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png'];

/**
 * Without the package's preset for a page of its own, the page has no field for the address of
 * another document. `validatorUrl` would send the document to a host on the web.
 */
const INIT = `window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#api',
    presets: [SwaggerUIBundle.presets.apis],
    layout: 'BaseLayout',
    deepLinking: true,
    docExpansion: 'none',
    defaultModelsExpandDepth: 0,
    filter: true,
    validatorUrl: null,
  });
});
`;

function pageAt(path: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>API – RAT Runs</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="${path}/favicon-32x32.png">
<link rel="stylesheet" href="${path}/swagger-ui.css"></head><body><div id="api"></div>
<script src="${path}/swagger-ui-bundle.js"></script><script src="${path}/init.js"></script></body></html>`;
}

/** The page of Swagger UI for the API's own document. `path` is the path at which the router is mounted. */
export function createApiPage({ path }: { path: string }): Router {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const page = pageAt(path);
  const router = Router();
  router.use((req, res, next) => {
    res.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    if (req.method === 'GET' || req.method === 'HEAD') next();
    else if (req.method === 'OPTIONS') res.set('Allow', ALLOW).status(204).end();
    else {
      const headers = { Allow: ALLOW };
      throw new HttpError(405, 'METHOD_NOT_ALLOWED', 'this page is read-only', { headers });
    }
  });
  router.get('/', (_req, res) => {
    res.type('html').send(page);
  });
  router.get('/init.js', (_req, res) => {
    res.type('js').send(INIT);
  });
  for (const name of PACKAGE_FILES) {
    router.get(`/${name}`, (_req, res) => {
      res.set('Cache-Control', `public, max-age=${STATIC_MAX_AGE_SECONDS}`);
      res.sendFile(join(folder, name), { cacheControl: false });
    });
  }
  return router;
}
