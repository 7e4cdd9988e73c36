import express, { type Express } from 'express';
import { z } from 'zod';
import type { AppDeps } from './app-deps.ts';
import { createBoard } from './system/board.ts';
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
import type { ZoneParams } from './landing-zones/parse-landing-params.ts';
import type { PipelineParams } from './pipelines/parse-pipeline-params.ts';
import { auditPipelineRoute } from './quality/audit-pipeline.ts';
import { cancelRunRoute } from './runs/cancel-run.ts';
import { cancelRunsRoute } from './runs/cancel-runs.ts';
import { createRunRoute } from './runs/create-run.ts';
import { deleteLandingFileRoute } from './landing-zones/delete-landing-file.ts';
import { deletePipelineRoute } from './pipelines/delete-pipeline.ts';
import { discardRunRoute } from './runs/discard-run.ts';
import { drainRunnerRoute } from './runners/drain-runner.ts';
import { getIndexRoute } from './system/get-index.ts';
import { getPipelineRoute } from './pipelines/get-pipeline.ts';
import { getTableRoute } from './tables/get-table.ts';
import { getRunLogsRoute } from './logs/get-run-logs.ts';
import { getRunQualityRoute } from './quality/get-run-quality.ts';
import { getRunRoute } from './runs/get-run.ts';
import { getTestHistoryRoute, type TestParams } from './quality/get-test-history.ts';
import { getRunWhyRoute } from './runs/get-run-why.ts';
import { healthLiveRoute } from './system/health-live.ts';
import { healthReadyRoute } from './system/health-ready.ts';
import { listPipelineTestsRoute } from './quality/list-pipeline-tests.ts';
import { listLandingFilesRoute } from './landing-zones/list-landing-files.ts';
import { listLandingZonesRoute } from './landing-zones/list-landing-zones.ts';
import { listPipelinesRoute } from './pipelines/list-pipelines.ts';
import { listRunnersRoute } from './runners/list-runners.ts';
import { listRunsRoute } from './runs/list-runs.ts';
import { listTablesRoute } from './tables/list-tables.ts';
import { maintainRoute } from './tables/maintain.ts';
import { previewTableRoute } from './tables/preview-table.ts';
import { publishRunRoute } from './runs/publish-run.ts';
import { putPipelineRoute } from './pipelines/put-pipeline.ts';
import { queryRoute } from './tables/query.ts';
import { reproduceRunRoute } from './runs/reproduce-run.ts';
import { revertRunRoute } from './runs/revert-run.ts';
import { streamEventsRoute } from './status-feed/stream-events.ts';
import { rerunRunRoute } from './runs/rerun-run.ts';
import { uploadLandingFileRoute } from './landing-zones/upload-landing-file.ts';

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
