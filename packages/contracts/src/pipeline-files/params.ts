import { findParamProblem, PARAM_TYPES } from '@rat/domain';
import { z } from 'zod';
import { slug } from '../common.ts';

const PARAMS_MAX = 50;
const VALUES_MAX = 100;
const VALUE_MAX_LENGTH = 200;

const value = z.union([z.string(), z.number(), z.boolean()], {
  error: 'must be a text, a number, true or false',
});

/** One parameter of a pipeline. */
const paramSpec = z
  .strictObject({
    type: z.enum(PARAM_TYPES, { error: `must be one of ${PARAM_TYPES.join(', ')}` }),
    /** Of a run that gives no value; without it, such a run has NULL. */
    default: value.optional(),
    /** The words of an `enum`. */
    values: z.array(z.string().min(1).max(VALUE_MAX_LENGTH)).min(1).max(VALUES_MAX).optional(),
  })
  .superRefine((spec, context) => {
    if ((spec.type === 'enum') !== (spec.values !== undefined)) {
      const message = 'must be given for an enum, and for nothing else';
      context.addIssue({ code: 'custom', path: ['values'], message });
      return;
    }
    const problem = spec.default === undefined ? undefined : findParamProblem(spec, spec.default);
    if (problem === undefined) return;
    context.addIssue({ code: 'custom', path: ['default'], message: problem });
  });

/** The parameters that a pipeline's template may ask for, by name. */
export const paramSpecs = z
  .record(slug, paramSpec)
  .refine((specs) => Object.keys(specs).length <= PARAMS_MAX, {
    error: `must be at most ${PARAMS_MAX} parameters`,
  });

/** The values that a run gives to parameters of its pipeline, by name; the pipeline knows their types. */
export const paramValues = z.record(z.string(), value, {
  error: 'must be an object of texts, numbers, true or false',
});
