import express, { type Express } from 'express';
import type { AppDeps } from './app-deps.ts';
import { createBoard } from './system/board.ts';
import { accessLog } from './http/access-log.ts';
import { bodyDeadline } from './http/body-deadline.ts';
import { errorEnvelope } from './http/error-envelope.ts';
import { refuseForeignHost } from './http/known-host.ts';
import { mountOperations, noSuchRoute } from './http/mount-operations.ts';
import { readDeadline } from './http/read-deadline.ts';
import { refuseCrossSite } from './http/refuse-cross-site.ts';
import { refuseOddRequest } from './http/refuse-odd-request.ts';
import { requestId } from './http/request-id.ts';
import { securityHeaders } from './http/security-headers.ts';
import { operationHandlers } from './operation-handlers.ts';

const BOARD_PATH = '/board';

/** How long a body that is no file may take to arrive. */
const BODY_DEADLINE_MS = 60_000;

/**
 * The whole HTTP face, ready to be listened on. Opens nothing and asks nobody. The order matters: a request is named and
 * timed before anything can refuse it, and every error leaves by the last handler.
 */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  // Answers are not cached, so nobody would send a validator back.
  app.disable('etag');
  app.set('trust proxy', deps.trustProxy);

  app.use(requestId(), accessLog(deps.log), securityHeaders());
  app.use(bodyDeadline(deps.bodyDeadlineMs ?? BODY_DEADLINE_MS));
  app.use(readDeadline());
  app.use(
    refuseForeignHost(deps.allowedHosts),
    refuseOddRequest(),
    refuseCrossSite(deps.allowedHosts),
  );

  mountOperations(app, operationHandlers(deps));
  app.use(BOARD_PATH, createBoard({ ...deps, path: BOARD_PATH }));

  app.use(noSuchRoute);
  app.use(errorEnvelope(deps.log));
  return app;
}
