import type { FileContent } from '@rat/contracts';
import { draftTag, versionTag } from '@rat/domain';
import { toFiles, toSource } from '@rat/pipelines';
import { findEditedContent, type EditedContent } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { setTag } from '../http/precondition.ts';
import { pipelinePrefix } from '../pipelines/pipeline-paths.ts';
import { parseFilePath } from './parse-file-path.ts';
import { noSuchFile, type FileDeps } from './store-file.ts';

/** GET /api/v1/files/{path}: the text of the draft, or else of the current version. */
export function readFileRoute(deps: FileDeps): HandledOperation<'readFile'> {
  return handleOperation('readFile', async (req, res) => {
    const target = parseFilePath(req.params.path);
    const { path, ref } = target;
    const found = ref && (await findEditedContent(deps.db, ref));
    const content =
      ref && found && toFiles(toSource(found)).get(path.slice(pipelinePrefix(ref).length));
    if (found === undefined || content === undefined) throw noSuchFile(target);
    const size = Buffer.byteLength(content);
    const answer: FileContent = { path, content, size, modified: found.at.toISOString() };
    setTag(res, tagOf(found));
    res.json(answer);
  });
}

function tagOf({ state }: EditedContent): string {
  return state.kind === 'draft'
    ? draftTag(state.revision)
    : versionTag(state.version, state.contentHash);
}
