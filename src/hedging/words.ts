import { decimalText } from '../platform/decimal.ts';

/** Six significant digits: for sentences, never for orders. */
export function show(value: number): string {
  return decimalText(Number(value.toPrecision(6)));
}
