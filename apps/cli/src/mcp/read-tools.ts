import type { McpServer } from '@modelcontextprotocol/server';
import { collect } from '@rat/client';
import { formatRef, LOG_LEVELS, RUN_STATUSES } from '@rat/domain';
import { z } from 'zod';
import type { CliContext } from '../context.ts';
import { formatLogLine } from '../format.ts';
import { parsePipelineName, resolveRun, toFilter } from '../names.ts';
import { addTool, markAsData, paramValues } from './tool.ts';

const RUNS_MAX = 100;
const LINES_MAX = 200;
const ROWS_MAX = 200;

const pipeline = z.string().describe('layer.name or namespace.layer.name, such as gold.daily');
const run = z.string().describe('an id, its first digits, last, or gold.daily for its newest run');
const namespace = z.string().optional().describe('by default that of the command');

/** Files of a pipeline that is not stored. */
const unsaved = {
  pipeline,
  sql: z.string().describe('the text of pipeline.sql, with its {{ }} template'),
  config_yaml: z.string().optional().describe('the text of config.yaml'),
};

/** What a preview may have of the run that it shows, and what else it computes, by the names of the API. */
const previewed = {
  params: paramValues.describe('values of the parameters that config_yaml declares, by name'),
  interval: z
    .object({
      start: z.string().describe('a time with its zone, such as 2026-02-12T00:00:00Z'),
      end: z.string().describe('the first time that no longer belongs to it'),
      logical_date: z.string().optional().describe('by default the date of start in UTC'),
    })
    .optional()
    .describe('the time that the run is about'),
  full_refresh: z.boolean().optional().describe('as a run that replaces the whole table'),
  compare: z
    .boolean()
    .optional()
    .describe('also what the table would gain, lose and change; computes the whole result'),
  explain: z.boolean().optional().describe('also where the query spends its time'),
};

/** Adds the tools that look: none of them changes a run, a table or a pipeline. */
export function addReadTools(server: McpServer, context: CliContext): void {
  const { rat } = context;
  const unsavedBody = (given: {
    pipeline: string;
    sql: string;
    config_yaml?: string | undefined;
  }) => {
    const config = given.config_yaml === undefined ? {} : { config: given.config_yaml };
    const ref = parsePipelineName(given.pipeline, context.namespace);
    return { ref, files: { sql: given.sql, quality_tests: [], ...config } };
  };

  addTool(server, context, {
    name: 'list_runs',
    description: 'Runs, newest first, with their status and error.',
    input: z.object({
      pipeline: pipeline.optional(),
      namespace,
      status: z.array(z.enum(RUN_STATUSES)).optional(),
      limit: z.number().int().min(1).max(RUNS_MAX).default(20),
    }),
    act: async (given) => {
      const home = { namespace: given.namespace ?? context.namespace };
      const filter =
        given.pipeline === undefined
          ? home
          : toFilter(parsePipelineName(given.pipeline, home.namespace));
      return rat.runs.list({ ...filter, status: given.status, limit: given.limit }).first();
    },
  });

  addTool(server, context, {
    name: 'get_run',
    description:
      'One run: its phases, attempts and error, the results of its quality tests, and why it waits if it does.',
    input: z.object({ run }),
    act: async (given) => {
      const id = await resolveRun(rat, given.run, context.namespace);
      const [found, quality, why] = await Promise.all([
        rat.runs.get(id),
        rat.runs.quality(id),
        rat.runs.why(id),
      ]);
      return markAsData('run', JSON.stringify({ run: found, quality, why }));
    },
  });

  addTool(server, context, {
    name: 'get_log',
    description: `The last lines of the log of a run, at most ${LINES_MAX}.`,
    input: z.object({
      run,
      level: z.enum(LOG_LEVELS).optional().describe('this level and above'),
      contains: z.string().optional().describe('only lines with this text'),
      lines: z.number().int().min(1).max(LINES_MAX).default(100),
    }),
    act: async (given) => {
      const id = await resolveRun(rat, given.run, context.namespace);
      const filter = { level: given.level, q: given.contains, tail: given.lines };
      const { logs } = await rat.runs.logs(id, filter).first();
      return markAsData('log', logs.map(formatLogLine).join('\n'));
    },
  });

  addTool(server, context, {
    name: 'list_pipelines',
    description: 'The pipelines of a namespace, with the health of their last runs.',
    input: z.object({ namespace }),
    act: async (given) => {
      const home = given.namespace ?? context.namespace;
      const pipelines = await collect(rat.pipelines.list({ namespace: home, include: 'health' }));
      return { pipelines };
    },
  });

  addTool(server, context, {
    name: 'get_pipeline',
    description: 'The SQL, settings and quality tests of a pipeline.',
    input: z.object({ pipeline }),
    act: async (given) => {
      const ref = parsePipelineName(given.pipeline, context.namespace);
      return markAsData('pipeline', JSON.stringify(await rat.pipelines.get(ref)));
    },
  });

  addTool(server, context, {
    name: 'get_lineage',
    description: 'Where the data of a pipeline comes from, and what it flows into.',
    input: z.object({
      pipeline,
      up: z.number().int().min(0).max(10).default(2),
      down: z.number().int().min(0).max(10).default(2),
    }),
    act: async ({ up, down, ...given }) => {
      const root = formatRef(parsePipelineName(given.pipeline, context.namespace));
      return rat.lineage.get({ root, up, down });
    },
  });

  addTool(server, context, {
    name: 'describe_table',
    description: 'The columns of a table with types and descriptions, its rows, size and age.',
    input: z.object({ table: pipeline }),
    act: (given) => rat.tables.get(parsePipelineName(given.table, context.namespace)),
  });

  addTool(server, context, {
    name: 'query',
    description: `The rows of one SELECT over the tables, at most ${ROWS_MAX}.`,
    input: z.object({
      sql: z.string(),
      namespace,
      limit: z.number().int().min(1).max(ROWS_MAX).default(50),
    }),
    act: async ({ sql, limit, namespace: home = context.namespace }) => {
      const answer = await rat.tables.query({ sql, namespace: home, limit, rows_as: 'arrays' });
      return markAsData('result', JSON.stringify(answer));
    },
  });

  addTool(server, context, {
    name: 'validate',
    description: 'Checks the text of a pipeline without storing it: mistakes with line and column.',
    input: z.object(unsaved),
    act: (given) => rat.pipelines.validate(unsavedBody(given)),
  });

  addTool(server, context, {
    name: 'preview',
    description:
      'Runs the text of a pipeline without storing anything, and answers its first rows.',
    input: z.object({
      ...unsaved,
      ...previewed,
      limit: z.number().int().min(1).max(ROWS_MAX).default(20),
    }),
    act: async ({ pipeline: name, sql, config_yaml: config, ...asked }) => {
      const body = unsavedBody({ pipeline: name, sql, config_yaml: config });
      return markAsData(
        'preview',
        JSON.stringify(await rat.pipelines.preview({ ...body, ...asked })),
      );
    },
  });
}
