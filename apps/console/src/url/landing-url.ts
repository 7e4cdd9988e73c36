import { pickTexts } from './pick-texts.ts';

/** The address of the landing zones: which zone is open, as `namespace/zone`, and which of its files. */
export interface LandingUrl {
  ns?: string | undefined;
  zone?: string | undefined;
  file?: string | undefined;
}

export function parseLandingUrl(search: Record<string, unknown>): LandingUrl {
  return pickTexts(search, ['ns', 'zone', 'file']);
}
