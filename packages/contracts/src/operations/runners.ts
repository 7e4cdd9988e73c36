import { z } from 'zod';
import { poolList } from '../http/pool.ts';
import { drainRunnerAnswer, runnerList } from '../http/runner.ts';
import { defineOperation, json } from './operation.ts';

export const listRunners = defineOperation({
  id: 'listRunners',
  method: 'get',
  path: '/api/v1/runners',
  params: {},
  summary: 'The live runners, and the runs that each executes',
  answers: { 200: json('The runners', runnerList) },
  errors: [],
  access: { role: 'viewer', namespace: 'all' },
  retry: 'safe',
});

export const listPools = defineOperation({
  id: 'listPools',
  method: 'get',
  path: '/api/v1/pools',
  params: {},
  summary: 'The pools: their slots, what waits for each, and whether a runner serves it',
  description: 'Pools that a live runner serves, that a pipeline names, or that a run waits for.',
  answers: { 200: json('The pools, by name', poolList) },
  errors: [],
  access: { role: 'viewer', namespace: 'all' },
  retry: 'safe',
});

export const drainRunner = defineOperation({
  id: 'drainRunner',
  method: 'post',
  path: '/api/v1/runners/{id}/drain',
  params: { id: z.string() },
  summary: 'Has a runner finish its runs, take no more, and stop',
  answers: { 202: json('The runner will drain', drainRunnerAnswer) },
  errors: [404],
  access: { role: 'operator', namespace: 'all' },
  retry: 'safe',
});
