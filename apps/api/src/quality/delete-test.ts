import { InputError, isSlug } from '@rat/domain';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';
import { revise } from '../pipelines/revise.ts';
import { removeTest } from './change-tests.ts';
import type { QualityDeps } from './quality-deps.ts';

/** DELETE …/tests/{test}: 204; the results that the test had stay. */
export function deleteTestRoute(deps: QualityDeps): HandledOperation<'deleteTest'> {
  return handleOperation('deleteTest', async (req, res) => {
    const ref = parsePipelineParams(req.params);
    const { test } = req.params;
    if (!isSlug(test)) throw new InputError('test must be a lowercase slug');
    await revise(deps, ref, (base) => removeTest({ deps, ref }, base, test), {
      author: parseRequestedBy(req),
      message: `Removes the quality test ${test}`,
      precondition: parsePrecondition(req),
    });
    res.status(204).end();
  });
}
