/** The key under which the views of the list of runs are cached. */
export const VIEWS_KEY = ['views', 'runs'] as const;
