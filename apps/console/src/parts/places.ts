/** The places of the console, in the order of the navigation. A place is listed once its screen exists. */
export const PLACES = [
  { to: '/', name: 'Overview' },
  { to: '/runs', name: 'Runs' },
  { to: '/pipelines', name: 'Pipelines' },
  { to: '/tables', name: 'Tables' },
  { to: '/lineage', name: 'Lineage' },
  { to: '/query', name: 'Query' },
  { to: '/landing', name: 'Landing' },
  { to: '/runners', name: 'Runners' },
  { to: '/schedules', name: 'Schedules' },
  { to: '/settings', name: 'Settings' },
] as const;
