import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
} from '@tanstack/react-router';
import { App } from './app.tsx';
import { NoSuchPage } from './parts/no-such-page.tsx';
import { ScreenCrash } from './parts/screen-crash.tsx';
import { parseSearch, stringifySearch } from './url/search-text.ts';
import { parseFrameUrl } from './url/frame-url.ts';
import { parsePipelineUrl } from './url/pipeline-url.ts';
import { parsePipelinesUrl } from './url/pipelines-url.ts';
import { parseLandingUrl } from './url/landing-url.ts';
import { parseLineageUrl } from './url/lineage-url.ts';
import { parseRunUrl } from './url/run-url.ts';
import { parseQueryUrl } from './url/query-url.ts';
import { parseRunsUrl } from './url/runs-url.ts';
import { parseSchedulesUrl } from './url/schedules-url.ts';
import { parseSettingsUrl } from './url/settings-url.ts';
import { parseTableUrl } from './url/table-url.ts';
import { parseTablesUrl } from './url/tables-url.ts';

const root = createRootRoute({
  component: App,
  validateSearch: parseFrameUrl,
  search: { middlewares: [retainSearchParams(['ns'])] },
});

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: parseRunsUrl,
  component: lazyRouteComponent(() => import('./screens/runs/runs-screen.tsx'), 'RunsScreen'),
});

const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$runId',
  validateSearch: parseRunUrl,
  component: lazyRouteComponent(() => import('./screens/run/run-screen.tsx'), 'RunScreen'),
});

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(
    () => import('./screens/overview/overview-screen.tsx'),
    'OverviewScreen',
  ),
});

const pipelines = createRoute({
  getParentRoute: () => root,
  path: '/pipelines',
  validateSearch: parsePipelinesUrl,
  component: lazyRouteComponent(
    () => import('./screens/pipelines/pipelines-screen.tsx'),
    'PipelinesScreen',
  ),
});

const pipeline = createRoute({
  getParentRoute: () => root,
  path: '/p/$namespace/$layer/$name',
  validateSearch: parsePipelineUrl,
  component: lazyRouteComponent(
    () => import('./screens/pipeline/pipeline-screen.tsx'),
    'PipelineScreen',
  ),
});

const lineage = createRoute({
  getParentRoute: () => root,
  path: '/lineage',
  validateSearch: parseLineageUrl,
  component: lazyRouteComponent(
    () => import('./screens/lineage/lineage-screen.tsx'),
    'LineageScreen',
  ),
});

const runners = createRoute({
  getParentRoute: () => root,
  path: '/runners',
  component: lazyRouteComponent(
    () => import('./screens/runners/runners-screen.tsx'),
    'RunnersScreen',
  ),
});

const tables = createRoute({
  getParentRoute: () => root,
  path: '/tables',
  validateSearch: parseTablesUrl,
  component: lazyRouteComponent(() => import('./screens/tables/tables-screen.tsx'), 'TablesScreen'),
});

const table = createRoute({
  getParentRoute: () => root,
  path: '/t/$namespace/$layer/$name',
  validateSearch: parseTableUrl,
  component: lazyRouteComponent(() => import('./screens/table/table-screen.tsx'), 'TableScreen'),
});

const query = createRoute({
  getParentRoute: () => root,
  path: '/query',
  validateSearch: parseQueryUrl,
  component: lazyRouteComponent(() => import('./screens/query/query-screen.tsx'), 'QueryScreen'),
});

const landing = createRoute({
  getParentRoute: () => root,
  path: '/landing',
  validateSearch: parseLandingUrl,
  component: lazyRouteComponent(
    () => import('./screens/landing/landing-screen.tsx'),
    'LandingScreen',
  ),
});

const schedules = createRoute({
  getParentRoute: () => root,
  path: '/schedules',
  validateSearch: parseSchedulesUrl,
  component: lazyRouteComponent(
    () => import('./screens/schedules/schedules-screen.tsx'),
    'SchedulesScreen',
  ),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  validateSearch: parseSettingsUrl,
  component: lazyRouteComponent(
    () => import('./screens/settings/settings-screen.tsx'),
    'SettingsScreen',
  ),
});

/** Each screen is loaded when it is opened for the first time. Its address is below `/console`. */
export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    runs,
    run,
    pipelines,
    pipeline,
    lineage,
    tables,
    table,
    query,
    landing,
    runners,
    schedules,
    settings,
  ]),
  basepath: '/console',
  parseSearch,
  stringifySearch,
  // A hash names lines of a log, which scrolls to them itself.
  scrollRestoration: ({ location }) => location.hash === '',
  defaultHashScrollIntoView: false,
  defaultPreload: 'intent',
  defaultNotFoundComponent: NoSuchPage,
  defaultErrorComponent: ScreenCrash,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface HistoryState {
    /** New with each press of a link to a line of a log: the log scrolls there again. */
    seek?: number;
  }
}
