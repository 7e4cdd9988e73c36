import { removeSourceFile, toFiles, toSource } from '@rat/pipelines';
import { NotFoundError, UnprocessableError } from '@rat/domain';
import { changeDraft } from '@rat/store';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { pipelinePrefix } from '../pipelines/pipeline-paths.ts';
import { parseFilePath } from './parse-file-path.ts';
import { refuseExisting, type FileDeps } from './store-file.ts';

/**
 * DELETE /api/v1/files/{path}: removes a file from the draft of its pipeline. A file that is not there
 * is removed already: a client repeats a DELETE whose answer it lost.
 */
export function deleteFileRoute(deps: FileDeps): HandledOperation<'deleteFile'> {
  return handleOperation('deleteFile', async (req, res) => {
    const target = parseFilePath(req.params.path);
    const { path, ref, file } = target;
    const { match, isAbsent = false } = parsePrecondition(req);
    const author = parseRequestedBy(req);
    if (ref === undefined) throw new NotFoundError(`${path} not found: it is in no pipeline`);
    if (file?.kind === 'test settings') {
      const message = 'is made from the quality tests: delete tests/quality/{test}.sql';
      throw new UnprocessableError(`${path} ${message}`, [{ path, message }]);
    }
    if (file !== undefined) {
      const inFolder = path.slice(pipelinePrefix(ref).length);
      await changeDraft(
        deps.db,
        ref,
        ({ content }) => {
          const before = content && toSource(content);
          if (before === undefined || !toFiles(before).has(inFolder)) return undefined;
          if (isAbsent) refuseExisting(target, toFiles(before));
          return removeSourceFile(before, file);
        },
        { match, author, mayRead: confinedTo(req) },
      );
    }
    res.status(204).end();
  });
}
