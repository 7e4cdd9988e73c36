import type { FileUploaded } from '@rat/contracts';
import { draftTag } from '@rat/domain';
import { confinedTo, findCaller } from '../http/caller.ts';
import { assertOwn, firstFolder } from '../http/confine.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition, setTag } from '../http/precondition.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { parseFilePath } from './parse-file-path.ts';
import { readFileForm } from './read-file-form.ts';
import { storeFile, type FileDeps } from './store-file.ts';

/** POST /api/v1/files/upload: writes the file of a form into the draft of its pipeline. */
export function uploadFileRoute(deps: FileDeps): HandledOperation<'uploadFile'> {
  return handleOperation('uploadFile', async (req, res) => {
    const { path, filename, content, size } = await readFileForm(req);
    // The form may have taken longer than the right of its sender lasted.
    await findCaller(req)?.assertHolds();
    const mayRead = confinedTo(req);
    // Only the form names the file, so the guard of the operation could not look at it.
    if (mayRead !== undefined) assertOwn(mayRead, firstFolder(path));
    const { revision } = await storeFile(deps, parseFilePath(path), content, {
      precondition: parsePrecondition(req),
      author: parseRequestedBy(req),
      mayRead,
    });
    const status = 'uploaded';
    const answer: FileUploaded = { path, filename, size, status, version_id: revision };
    setTag(res, draftTag(revision));
    res.status(201).json(answer);
  });
}
