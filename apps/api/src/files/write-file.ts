import type { FileWritten } from '@rat/contracts';
import { draftTag } from '@rat/domain';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition, setTag } from '../http/precondition.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { parseFilePath } from './parse-file-path.ts';
import { storeFile, type FileDeps } from './store-file.ts';

/** PUT /api/v1/files/{path}: writes a file into the draft of its pipeline. */
export function writeFileRoute(deps: FileDeps): HandledOperation<'writeFile'> {
  return handleOperation('writeFile', async (req, res, { body }) => {
    const target = parseFilePath(req.params.path);
    const { revision } = await storeFile(deps, target, body.content, {
      precondition: parsePrecondition(req),
      author: parseRequestedBy(req),
      mayRead: confinedTo(req),
    });
    const answer: FileWritten = { path: target.path, status: 'written', version_id: revision };
    setTag(res, draftTag(revision));
    res.json(answer);
  });
}
