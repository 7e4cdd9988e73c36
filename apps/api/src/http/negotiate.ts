import { isUtf8Charset, parseMediaType } from './media-types.ts';

/** An element of an `Accept…` header, with its position and the weight that the client gives it. */
interface Wish {
  value: string;
  quality: number;
  order: number;
}

/** A weight (RFC 9110, section 12.4.2). */
const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/**
 * The member of `offers` that an `Accept` header prefers; undefined when it accepts none. The
 * higher weight wins; then the more specific range; then the order of the header; then the order of
 * the offers. Without a header, every offer is accepted.
 */
export function preferredType<T extends string>(
  accept: string | undefined,
  offers: readonly T[],
): T | undefined {
  const wishes = parseWishes(accept);
  // A header without one valid range is ignored.
  if (wishes.length === 0) return offers[0];
  const rated = offers.flatMap((offer) => {
    const best = mostExact(wishes, offer);
    return best === undefined || best.quality === 0 ? [] : [{ offer, ...best }];
  });
  rated.sort((a, b) => b.quality - a.quality || b.exactness - a.exactness || a.order - b.order);
  return rated[0]?.offer;
}

/**
 * Whether an `Accept-Charset` or `Accept-Encoding` header excludes `value`. The two headers differ
 * in what they imply for a value that they do not name.
 */
export function rulesOut(
  header: string | undefined,
  value: string,
  unnamed: 'wanted' | 'unwanted',
): boolean {
  const wishes = parseWishes(header);
  if (wishes.length === 0) return false;
  const named = wishes.find((wish) => wish.value.toLowerCase() === value);
  const any = wishes.find((wish) => wish.value === '*');
  const wish = named ?? any;
  return wish === undefined ? unnamed === 'unwanted' : wish.quality === 0;
}

/**
 * The specificity of a range for the offer. The most specific range decides which weight applies.
 */
function mostExact(
  wishes: readonly Wish[],
  offer: string,
): { quality: number; exactness: number; order: number } | undefined {
  let best: { quality: number; exactness: number; order: number } | undefined;
  for (const { value, quality, order } of wishes) {
    const exactness = exactnessOf(value, offer);
    if (exactness === undefined) continue;
    if (best === undefined || exactness > best.exactness) best = { quality, exactness, order };
  }
  return best;
}

/**
 * Every response is UTF-8, so a range with another charset matches no offer. Other parameters are
 * ignored.
 */
function exactnessOf(range: string, offer: string): number | undefined {
  const parsed = parseMediaType(range);
  if (parsed === undefined || !isUtf8Charset(parsed.parameters.get('charset'))) return undefined;
  const withParameters = parsed.parameters.size > 0 ? 1 : 0;
  if (parsed.type === offer) return 4 + withParameters;
  if (parsed.type === `${offer.split('/', 1)[0]}/*`) return 2 + withParameters;
  return parsed.type === '*/*' ? withParameters : undefined;
}

/**
 * Splits outside of quotes: quoted commas and semicolons belong to a parameter. A quote that is not closed reaches to the
 * end, so that the time grows only with the length of the header.
 */
const MEMBER = /(?:[^,"]|"(?:[^"\\]|\\.)*(?:"|\\?$))+/g;
const WEIGHT = /;[ \t]*q=([^;,"]*)/i;

function parseWishes(header: string | undefined): Wish[] {
  return (header?.match(MEMBER) ?? []).flatMap((member, order) => {
    const weight = WEIGHT.exec(member);
    const quality = weight?.[1]?.trim() ?? '1';
    const value = (weight === null ? member : member.slice(0, weight.index)).trim();
    return value === '' || !QUALITY.test(quality)
      ? []
      : [{ value, quality: Number(quality), order }];
  });
}
