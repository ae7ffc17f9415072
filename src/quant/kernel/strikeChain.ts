import { INPUT_COLUMNS, OUTPUT_COLUMNS, writeGreeks } from '../pricing/black.ts';

/** What all options of one underlying and expiry share; meanings and units as in `BlackInput`. */
export interface ChainTerms {
  readonly spot: number;
  readonly time: number;
  readonly rate: number;
  readonly carry: number;
}

const one = new Float64Array(INPUT_COLUMNS.length);
const priced = new Float64Array(OUTPUT_COLUMNS.length);

function writeOption(
  terms: ChainTerms,
  strike: number,
  vol: number,
  sign: number,
  output: Float64Array,
  i: number,
): void {
  one.set([terms.spot, strike, terms.time, terms.rate, terms.carry, vol, sign]);
  writeGreeks(one, priced, 1, 0, 1);
  const count = output.length / OUTPUT_COLUMNS.length;
  for (let c = 0; c < OUTPUT_COLUMNS.length; c++) output[c * count + i] = priced[c]!;
}

/** The call and the put at strike `i` of a chain, by the scalar form, to the nine columns of each output. */
export function writeChainPair(
  terms: ChainTerms,
  strikes: Float64Array,
  vols: Float64Array,
  calls: Float64Array,
  puts: Float64Array,
  i: number,
): void {
  writeOption(terms, strikes[i]!, vols[i]!, 1, calls, i);
  writeOption(terms, strikes[i]!, vols[i]!, -1, puts, i);
}
