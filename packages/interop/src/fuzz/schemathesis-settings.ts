/** Operations that schemathesis does not send, each with the reason. */
const EXCLUDED = {
  drainRunner: 'with the id of a runner it would end the only one',
  streamEvents: 'an answer ends after a minute; the fast-check client opens it',
};

const PLUGIN_LISTS = [
  'listPlugins',
  'listRunnerPlugins',
  'listPluginSources',
  'listPluginPolicies',
];

/** Of each operation in the phase of random requests. The other phases send some 5,000 requests. */
const EXAMPLES = 60;

/** How often a parameter has a value that leads to something. */
const KNOWN_SHARE = 0.7;

/** The parameters of a path with values that lead to things that exist. */
const PATH = ['namespace', 'layer', 'name', 'zone', 'id', 'test', 'schedule', 'trigger'];
/** The same of bodies. */
const BODY = ['namespace', 'layer', 'pipeline', 'sql'];

/** The settings of a run of schemathesis, as its configuration file has them (TOML). */
export function schemathesisSettings(known: Readonly<Record<string, readonly string[]>>): string {
  const used = [...new Set([...PATH, ...BODY])].filter((name) => known[name] !== undefined);
  const dictionaries = used.map(
    (name) => `[dictionaries.${name}]\nvalues = ${JSON.stringify(known[name])}`,
  );
  const bind = (place: string, name: string): string =>
    `"${place}.${name}" = { dictionary = "${name}", probability = ${KNOWN_SHARE} }`;
  return [
    ...dictionaries,
    '[parameters]',
    ...PATH.filter((name) => used.includes(name)).map((name) => bind('path', name)),
    ...BODY.filter((name) => used.includes(name)).map((name) => bind('body', name)),
    '[[operations]]',
    // It answers 503 to report that a part is down; a check that takes 2 s on a loaded machine counts as that.
    'include-operation-id = "getReadiness"',
    'checks.not_a_server_error.enabled = false',
    '[[operations]]',
    // Changes of plugins are a 501 on purpose, and no operation of the document: see docs/api.md.
    `include-operation-id = ${JSON.stringify(PLUGIN_LISTS)}`,
    'phases.coverage.unexpected-methods = ["TRACE"]',
    '',
  ].join('\n');
}

/** What schemathesis checks of each answer. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
];

/** The arguments of one run. */
export function schemathesisArguments(run: {
  settings: string;
  document: string;
  url: string;
  token: string;
  report: string;
  seed: number;
}): string[] {
  return [
    '--config-file',
    run.settings,
    'run',
    run.document,
    `--url=${run.url}`,
    `--header=Authorization: Bearer ${run.token}`,
    '--phases=examples,coverage,fuzzing',
    `--max-examples=${EXAMPLES}`,
    `--checks=${CHECKS.join(',')}`,
    ...Object.keys(EXCLUDED).map((id) => `--exclude-operation-id=${id}`),
    // With more, its threads parse Python at the same time, which fails now and then in CPython 3.11.
    '--workers=1',
    `--seed=${run.seed}`,
    '--request-timeout=60',
    '--continue-on-failure',
    // They report that a value is hard or slow to make, which is no fault of the API.
    '--suppress-health-check=all',
    '--generation-database=none',
    '--report=ndjson',
    `--report-ndjson-path=${run.report}`,
    '--output-sanitize=false',
    '--warnings=off',
    '--no-color',
  ];
}
