import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { CliContext } from '../context.ts';
import { CliError } from '../exit-codes.ts';
import { parsePipelineName, resolveRun, toFilter } from '../names.ts';
import { addTool, paramValues } from './tool.ts';

/** Adds the tools that start and cancel runs. */
export function addWriteTools(server: McpServer, context: CliContext): void {
  const { rat } = context;

  addTool(server, context, {
    name: 'run_pipeline',
    description: 'Starts a run of a stored pipeline. Ask get_run for what becomes of it.',
    changes: true,
    input: z.object({
      pipeline: z.string().describe('layer.name or namespace.layer.name'),
      params: paramValues.describe('values of the parameters that its settings declare, by name'),
      full_refresh: z.boolean().optional().describe('replace the whole table'),
    }),
    act: ({ pipeline, ...given }) =>
      rat.runs.create({
        ...toFilter(parsePipelineName(pipeline, context.namespace)),
        ...given,
      }),
  });

  addTool(server, context, {
    name: 'rerun',
    description: 'Runs the pipeline of an ended run again, as the pipeline is today.',
    changes: true,
    input: z.object({ run: z.string().describe('an id, its first digits, last, or gold.daily') }),
    act: async ({ run }) => rat.runs.rerun(await resolveRun(rat, run, context.namespace)),
  });

  addTool(server, context, {
    name: 'cancel_runs',
    description:
      'Cancels runs in two steps. With a filter it answers the plan and a token, and cancels nothing. With that token it cancels the runs of the plan.',
    changes: true,
    input: z.object({
      pipeline: z.string().optional().describe('only runs of it'),
      status: z.enum(['pending', 'running']).optional(),
      token: z.string().optional().describe('that of a plan'),
    }),
    act: async ({ pipeline, status, token }) => {
      if (token !== undefined) return rat.runs.cancelMany({ token });
      if (pipeline === undefined && status === undefined)
        throw new CliError('name a pipeline or a status, or the token of a plan');
      const filter = {
        ...(pipeline === undefined
          ? { namespace: context.namespace }
          : toFilter(parsePipelineName(pipeline, context.namespace))),
        ...(status === undefined ? {} : { status }),
      };
      return rat.runs.cancelMany({ filter });
    },
  });
}
