import express, { type Express } from 'express';
import { z } from 'zod';
import type { AppDeps } from './app-deps.ts';
import { createBoard } from './board.ts';
import { accessLog } from './http/access-log.ts';
import { bodyDeadline } from './http/body-deadline.ts';
import { errorEnvelope } from './http/error-envelope.ts';
import { refuseForeignHost } from './http/known-host.ts';
import { handledBy, operation } from './http/operation.ts';
import { readDeadline } from './http/read-deadline.ts';
import { refuseCrossSite } from './http/refuse-cross-site.ts';
import { refuseOddRequest } from './http/refuse-odd-request.ts';
import { requestId } from './http/request-id.ts';
import { noSuchRoute, route } from './http/route.ts';
import { securityHeaders } from './http/security-headers.ts';
import type { ZoneParams } from './parse-landing-params.ts';
import type { PipelineParams } from './parse-pipeline-params.ts';
import { auditPipelineRoute } from './routes/audit-pipeline.ts';
import { cancelRunRoute } from './routes/cancel-run.ts';
import { cancelRunsRoute } from './routes/cancel-runs.ts';
import { createRunRoute } from './routes/create-run.ts';
import { deleteLandingFileRoute } from './routes/delete-landing-file.ts';
import { deletePipelineRoute } from './routes/delete-pipeline.ts';
import { discardRunRoute } from './routes/discard-run.ts';
import { drainRunnerRoute } from './routes/drain-runner.ts';
import { getIndexRoute } from './routes/get-index.ts';
import { getPipelineRoute } from './routes/get-pipeline.ts';
import { getTableRoute } from './routes/get-table.ts';
import { getRunLogsRoute } from './routes/get-run-logs.ts';
import { getRunQualityRoute } from './routes/get-run-quality.ts';
import { getRunRoute } from './routes/get-run.ts';
import { getTestHistoryRoute, type TestParams } from './routes/get-test-history.ts';
import { getRunWhyRoute } from './routes/get-run-why.ts';
import { healthLiveRoute } from './routes/health-live.ts';
import { healthReadyRoute } from './routes/health-ready.ts';
import { listPipelineTestsRoute } from './routes/list-pipeline-tests.ts';
import { listLandingFilesRoute } from './routes/list-landing-files.ts';
import { listLandingZonesRoute } from './routes/list-landing-zones.ts';
import { listPipelinesRoute } from './routes/list-pipelines.ts';
import { listRunnersRoute } from './routes/list-runners.ts';
import { listRunsRoute } from './routes/list-runs.ts';
import { listTablesRoute } from './routes/list-tables.ts';
import { maintainRoute } from './routes/maintain.ts';
import { previewTableRoute } from './routes/preview-table.ts';
import { publishRunRoute } from './routes/publish-run.ts';
import { putPipelineRoute } from './routes/put-pipeline.ts';
import { queryRoute } from './routes/query.ts';
import { reproduceRunRoute } from './routes/reproduce-run.ts';
import { revertRunRoute } from './routes/revert-run.ts';
import { streamEventsRoute } from './routes/stream-events.ts';
import { rerunRunRoute } from './routes/rerun-run.ts';
import { uploadLandingFileRoute } from './routes/upload-landing-file.ts';

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

  route(app, '/', { get: getIndexRoute(deps) });
  route(app, '/health/live', { get: healthLiveRoute(deps) });
  route(app, '/health/ready', {
    get: operation({ handle: handledBy(healthReadyRoute(deps)) }),
  });
  route(app, '/api/v1/runs', {
    get: listRunsRoute(deps),
    post: createRunRoute(deps),
  });
  // Before the path of a run: an id is never this word.
  route(app, '/api/v1/runs/cancel', { post: cancelRunsRoute(deps) });
  route<{ id: string }>(app, '/api/v1/runs/:id', { get: getRunRoute(deps) });
  route<{ id: string }>(app, '/api/v1/runs/:id/cancel', {
    post: cancelRunRoute(deps),
  });
  route<{ id: string }>(app, '/api/v1/runs/:id/publish', {
    post: publishRunRoute(deps),
  });
  route<{ id: string }>(app, '/api/v1/runs/:id/discard', {
    post: discardRunRoute(deps),
  });
  route<{ id: string }>(app, '/api/v1/runs/:id/revert', {
    post: revertRunRoute(deps),
  });
  route<{ id: string }>(app, '/api/v1/runs/:id/logs', { get: getRunLogsRoute(deps) });
  route<{ id: string }>(app, '/api/v1/runs/:id/quality', { get: getRunQualityRoute(deps) });
  route(app, '/api/v1/events', { get: streamEventsRoute(deps) });
  route<{ id: string }>(app, '/api/v1/runs/:id/rerun', { post: rerunRunRoute(deps) });
  route<{ id: string }>(app, '/api/v1/runs/:id/reproduce', { post: reproduceRunRoute(deps) });
  route<{ id: string }>(app, '/api/v1/runs/:id/why', { get: getRunWhyRoute(deps) });
  route(app, '/api/v1/runners', { get: listRunnersRoute(deps) });
  route<{ id: string }>(app, '/api/v1/runners/:id/drain', { post: drainRunnerRoute(deps) });
  route(app, '/api/v1/pipelines', { get: listPipelinesRoute(deps) });
  route<PipelineParams>(app, '/api/v1/pipelines/:namespace/:layer/:name', {
    get: getPipelineRoute(deps),
    put: operation({
      body: z.unknown(),
      requiresBody: true,
      handle: handledBy(putPipelineRoute(deps)),
    }),
    delete: deletePipelineRoute(deps),
  });
  route(app, '/api/v1/tables', { get: listTablesRoute(deps) });
  route<PipelineParams>(app, '/api/v1/tables/:namespace/:layer/:name', {
    get: getTableRoute(deps),
  });
  route<PipelineParams>(app, '/api/v1/tables/:namespace/:layer/:name/preview', {
    get: previewTableRoute(deps),
  });
  route<{ namespace: string }>(app, '/api/v1/landing-zones/:namespace', {
    get: listLandingZonesRoute(deps),
  });
  route<ZoneParams>(app, '/api/v1/landing-zones/:namespace/:zone/files', {
    get: listLandingFilesRoute(deps),
    post: uploadLandingFileRoute(deps),
  });
  route<ZoneParams & { name: string }>(app, '/api/v1/landing-zones/:namespace/:zone/files/:name', {
    delete: deleteLandingFileRoute(deps),
  });
  route(app, '/api/v1/query', { post: queryRoute(deps) });
  route<PipelineParams>(app, '/api/v1/pipelines/:namespace/:layer/:name/tests', {
    get: listPipelineTestsRoute(deps),
  });
  route<PipelineParams>(app, '/api/v1/pipelines/:namespace/:layer/:name/tests/run', {
    post: auditPipelineRoute(deps),
  });
  route<TestParams>(app, '/api/v1/pipelines/:namespace/:layer/:name/tests/:test/history', {
    get: getTestHistoryRoute(deps),
  });
  route(app, '/api/v1/maintenance', { post: maintainRoute(deps) });
  app.use(BOARD_PATH, createBoard({ ...deps, path: BOARD_PATH }));

  app.use(noSuchRoute);
  app.use(errorEnvelope(deps.log));
  return app;
}
