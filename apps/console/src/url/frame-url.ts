/** What every screen has in its address. */
export interface FrameUrl {
  /** The namespace whose things are shown; absent: all. */
  ns?: string | undefined;
}

export function parseFrameUrl(search: Record<string, unknown>): FrameUrl {
  const { ns } = search;
  return typeof ns === 'string' && ns !== '' ? { ns } : {};
}
