import type { DemoWorld } from './demo-world.ts';

/** A screen: its name, its address below `/console`, and a text that is there once it has its data. */
export type Screen = readonly [name: string, path: (world: DemoWorld) => string, text: string];

/** The screens of an installation that has nothing yet. */
export const EMPTY_SCREENS: readonly Screen[] = [
  ['overview-empty', () => '/', 'There is no pipeline yet'],
  ['runs-empty', () => '/runs', 'No pipeline has run yet'],
  ['pipelines-empty', () => '/pipelines', 'There is no pipeline yet'],
  ['tables-empty', () => '/tables', 'There is no table yet'],
  ['lineage-empty', () => '/lineage', 'There is no pipeline yet'],
  ['schedules-empty', () => '/schedules', 'Nothing runs by itself yet'],
  ['landing-empty', () => '/landing', 'There is no landing zone yet'],
];

const BROKEN = '/p/default/gold/broken_report';
const DELAYS = '/p/default/gold/airport_delays';
const ROUTES = '/t/default/gold/busiest_routes';

/** Every screen, with the data of the demo. */
export const SCREENS: readonly Screen[] = [
  ['overview', () => '/', 'its rows wait for a decision'],
  ['runs', () => '/runs', 'Started'],
  ['runs-filtered-empty', () => '/runs?q=nothing_like_it', 'No run fits the filters'],
  ['runs-view', () => '/runs?status=failed', 'View: Failed runs'],
  ['runs-error', () => '/runs?layer=platinum', 'must be one of bronze, silver, gold'],
  ['run-failed', ({ broken }) => `/runs/${broken}`, 'complete'],
  ['run-waiting', ({ waiting }) => `/runs/${waiting}`, 'heavy'],
  ['run-cancelled', ({ cancelled }) => `/runs/${cancelled}`, 'the year is not over yet'],
  ['run-sql', ({ broken }) => `/runs/${broken}?tab=sql`, 'as executed'],
  ['run-data', ({ good }) => `/runs/${good}?tab=data`, 'the first 50 rows'],
  [
    'run-quality',
    ({ quarantined }) => `/runs/${quarantined}?tab=quality&test=grade_is_agreed`,
    'all 57 rows',
  ],
  ['run-activity', ({ broken }) => `/runs/${broken}?tab=activity`, 'a request made it'],
  ['pipelines', () => '/pipelines', 'Newest 30 runs'],
  ['pipeline-overview', () => BROKEN, 'Open in the editor at line 4'],
  ['pipeline-code', () => `${BROKEN}?tab=code`, 'pipeline.sql:4:3'],
  ['pipeline-runs', () => `${BROKEN}?tab=runs`, 'Why it failed'],
  [
    'pipeline-tests',
    () => '/p/default/gold/airport_scorecard?tab=tests&test=grade_is_agreed',
    'Rows that violate',
  ],
  ['pipeline-lineage', () => `${DELAYS}?tab=lineage`, 'only a quality test reads it'],
  [
    'pipeline-versions',
    () => '/p/default/gold/yearly_report?tab=versions&older=1&newer=2',
    'current',
  ],
  ['pipeline-automation', () => `${DELAYS}?tab=automation`, 'after-silver'],
  ['schedules', () => '/schedules', 'after-silver'],
  ['lineage', () => '/lineage', 'only a quality test reads it'],
  ['lineage-table', () => '/lineage?root=gold.airport_delays&view=table', 'above'],
  ['tables', () => '/tables', 'silver.flights'],
  ['table-data', () => ROUTES, 'rows'],
  ['table-schema', () => `${ROUTES}?tab=schema`, 'Partitioned by'],
  ['table-snapshots', () => `${ROUTES}?tab=snapshots`, 'Choose two versions'],
  ['table-profile', () => `${ROUTES}?tab=profile`, 'Distinct values are an estimate'],
  ['table-lineage', () => `${ROUTES}?tab=lineage`, 'gold.busiest_routes'],
  ['query', () => '/query', 'History'],
  ['landing', () => '/landing?zone=default/airports&file=airports.csv', 'columns'],
  ['runners', () => '/runners', 'no runner serves it'],
  ['settings', () => '/settings', 'As the system'],
  ['settings-tokens', () => '/settings?tab=tokens', 'There is no token yet'],
  ['settings-audit', () => '/settings?tab=audit', 'createRun'],
  ['no-such-page', () => '/nowhere', 'There is no page at this address'],
];
