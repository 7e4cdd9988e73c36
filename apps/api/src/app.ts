import express, { type Express } from 'express';
import type { AppDeps } from './app-deps.ts';
import { auditOperation } from './audit/audit-operation.ts';
import { authorize } from './auth/authorize.ts';
import { API_PAGE_ACCESS, createApiPage } from './system/api-page.ts';
import { CONSOLE_PATH, createConsole, sendBrowsersToConsole } from './system/console.ts';
import { BOARD_ACCESS, createBoard } from './system/board.ts';
import { accessLog } from './http/access-log.ts';
import { allowOrigins } from './http/allow-origins.ts';
import { bodyDeadline } from './http/body-deadline.ts';
import { compressAnswers } from './http/compress-answers.ts';
import { errorEnvelope } from './http/error-envelope.ts';
import { refuseForeignHost } from './http/known-host.ts';
import {
  ANY_PRINCIPAL,
  mountOperations,
  noSuchRoute,
  type Guard,
} from './http/mount-operations.ts';
import { readDeadline } from './http/read-deadline.ts';
import { refuseCrossSite } from './http/refuse-cross-site.ts';
import { refuseOddRequest } from './http/refuse-odd-request.ts';
import { requestId } from './http/request-id.ts';
import { securityHeaders } from './http/security-headers.ts';
import { traceRequests } from './http/trace-requests.ts';
import { lingerOnUnreadBody } from './http/unread-body.ts';
import { refusePlugins } from './system/no-plugins.ts';
import { operationHandlers } from './operation-handlers.ts';
import { createOidcRoutes, OIDC_PATH } from './oidc/oidc-routes.ts';
import { offerSignIn } from './tokens/sign-in-page.ts';

const BOARD_PATH = '/board';
const API_PAGE_PATH = '/docs';

/**
 * Creates the Express app, which the caller must serve. It opens no connection. The order of the
 * middleware matters: a request gets its id and its log line before any check can refuse it, and
 * the last handler formats every error.
 */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  // Express would hash every body. Routes whose tag a client sends back set it themselves.
  app.disable('etag');
  app.set('trust proxy', deps.trustProxy);

  app.use(
    requestId(),
    traceRequests(deps.traces),
    deps.metrics.measure,
    accessLog(deps.log),
    securityHeaders(),
  );
  app.use(allowOrigins(deps.allowedOrigins));
  app.use(bodyDeadline(deps.bodyDeadlineMs), lingerOnUnreadBody());
  app.use(compressAnswers(), readDeadline());
  app.use(
    refuseForeignHost(deps.allowedHosts),
    refuseOddRequest(),
    refuseCrossSite(deps.allowedHosts, deps.allowedOrigins),
  );

  app.use(deps.rates.admit());

  const guard: Guard = (access, options) => authorize(deps, access, options);
  app.use(refusePlugins(guard(ANY_PRINCIPAL)));
  if (deps.hasConsole) app.get('/', sendBrowsersToConsole());
  mountOperations(app, operationHandlers(deps), {
    guard,
    rate: (id) => deps.rates.ofOperation(id),
    audit: auditOperation(deps),
  });
  const { oidc } = deps;
  if (oidc !== undefined) app.use(OIDC_PATH, createOidcRoutes(deps, oidc));
  // Its files show no data, and it has its own form to sign in.
  if (deps.hasConsole) app.use(CONSOLE_PATH, createConsole());
  const offer = { providerPath: oidc && OIDC_PATH };
  const board = createBoard({ ...deps, path: BOARD_PATH });
  app.use(BOARD_PATH, offerSignIn(guard(BOARD_ACCESS), offer), board);
  const apiPage = createApiPage({ path: API_PAGE_PATH });
  app.use(API_PAGE_PATH, offerSignIn(guard(API_PAGE_ACCESS), offer), apiPage);

  // A stranger does not learn which routes there are.
  app.use(guard(ANY_PRINCIPAL), noSuchRoute);
  app.use(deps.rates.countFailures());
  app.use(errorEnvelope(deps.log));
  return app;
}
