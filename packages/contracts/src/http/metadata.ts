import { z } from 'zod';

/** What is said of a pipeline or of its tests, as the text of a file in YAML. */
export const metadataFile = z
  .object({
    /** The path that the file has in `/files`. */
    path: z.string(),
    content: z.string(),
  })
  .meta({ id: 'MetadataFile' });
export type MetadataFile = z.infer<typeof metadataFile>;
