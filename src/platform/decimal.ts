import { Decimal } from 'decimal.js';
import { z } from 'zod';

/** 40 significant digits: more than any venue's quantity or price has, so grid arithmetic is exact. */
const Exact = Decimal.clone({ precision: 40, toExpNeg: -40, toExpPos: 40 });
export type Exact = InstanceType<typeof Exact>;

export function exact(value: Decimal.Value): Exact {
  return new Exact(value);
}

/** Plain decimal text, without exponent and without trailing zeros. */
export function decimalText(value: Decimal.Value): string {
  return typeof value === 'number' && isPlain(value) ? String(value) : new Exact(value).toFixed();
}

/** Whether JavaScript writes a number without an exponent, and with its sign. */
function isPlain(value: number): boolean {
  const size = Math.abs(value);
  return size >= 1e-6 && size < 1e21;
}

const PATTERN = /^-?(0|[1-9]\d{0,17})(\.\d{1,18})?$/;

/** A decimal as text ("-1.5") or as a JSON number; read into plain decimal text, so that nothing is lost to binary floats. */
export const decimal = z
  .union([
    z.string().regex(PATTERN, 'must be a decimal such as "-1.5": at most 18 digits on either side of the point'),
    z.number(),
  ])
  .transform((value, context) => {
    const text = decimalText(value);
    if (PATTERN.test(text)) return text;
    context.addIssue({ code: 'custom', message: 'must have at most 18 digits on either side of the point' });
    return z.NEVER;
  })
  .pipe(z.string())
  .meta({ description: 'Decimal: text in answers, text or number in requests', examples: ['-12.5'] });

export const positiveDecimal = decimal.refine(
  (text) => !text.startsWith('-') && Number(text) > 0,
  'must be above zero',
);

export const nonNegativeDecimal = decimal.refine((text) => !text.startsWith('-'), 'must not be negative');

/** A decimal in an answer: always text. */
export const decimalString = z.string().meta({ description: 'Decimal as text', examples: ['-12.5'] });
