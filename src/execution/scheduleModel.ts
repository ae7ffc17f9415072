import { z } from 'zod';
import { decimalString, positiveDecimal } from '../platform/decimal.ts';

export const SCHEDULE_KINDS = ['twap', 'almgren_chriss'] as const;

const MAX_SLICES = 100;
const MAX_HORIZON_SECONDS = 86_400;

const DailyVolumeSchema = z.strictObject({
  symbol: z.string().min(1).max(200).meta({ description: 'As the orders of the plan name it' }),
  quantity: positiveDecimal.meta({
    description: 'Traded by everybody in 24 hours, in the `quantityUnit` of the order',
  }),
});

export const ScheduleInputSchema = z
  .strictObject({
    kind: z.enum(SCHEDULE_KINDS).meta({
      description:
        'twap: evenly; almgren_chriss: most at first, what is left falling as the least of expected cost and risk (Almgren & Chriss 2000)',
    }),
    horizonSeconds: z.int().min(1).max(MAX_HORIZON_SECONDS).meta({
      description: 'From the acceptance, or the approval, to the end of the last slice; at least a second a slice',
    }),
    slices: z.int().min(1).max(MAX_SLICES).meta({
      description: 'How many parts at most: one that comes to less than a lot is left out',
    }),
    halfLifeSeconds: z.number().min(1).max(10_000_000).optional().meta({
      description:
        'almgren_chriss, needed: 1/κ, κ² = risk aversion × volatility² / temporary impact. The shorter, the more urgent; a risk aversion of 0 is a twap',
    }),
    participationCap: z.number().gt(0).max(1).optional().meta({
      description: 'Largest share of what the market trades in the time of a slice; needs `dailyVolumes`',
    }),
    dailyVolumes: z.array(DailyVolumeSchema).min(1).max(200).optional().meta({
      description: 'For `participationCap`: what the market trades, of each instrument of the plan',
    }),
    jitter: z.number().min(0).max(1).default(0).meta({
      description:
        'Moves each slice later, by up to this share of its time, so that nobody can wait for it; drawn from the id of the execution',
    }),
  })
  .superRefine((input, context) => {
    const fault = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const { kind, halfLifeSeconds, participationCap, dailyVolumes, horizonSeconds, slices } = input;
    if ((kind === 'almgren_chriss') !== (halfLifeSeconds !== undefined))
      fault('halfLifeSeconds', kind === 'twap' ? 'a twap has none' : 'almgren_chriss needs it');
    if ((participationCap === undefined) !== (dailyVolumes === undefined))
      fault('dailyVolumes', 'participationCap and dailyVolumes go together');
    if (horizonSeconds < slices) fault('horizonSeconds', 'must be at least a second for each slice');
    if (dailyVolumes && new Set(dailyVolumes.map(({ symbol }) => symbol)).size < dailyVolumes.length)
      fault('dailyVolumes', 'an instrument is named twice');
  })
  .meta({ id: 'ScheduleRequest', examples: [{ kind: 'twap', horizonSeconds: 3_600, slices: 12, jitter: 0.5 }] });
export type ScheduleInput = z.infer<typeof ScheduleInputSchema>;

export const SliceLegSchema = z
  .object({
    leg: z.int(),
    quantity: decimalString.meta({ description: 'On the lot grid, in the `quantityUnit` of the leg' }),
    filledQuantity: decimalString,
  })
  .meta({ id: 'SliceLeg' });

export const SliceSchema = z
  .object({
    slice: z.int().meta({ description: 'Number of its part of the horizon, from 0' }),
    at: z.iso.datetime().nullable().meta({ description: 'When it is due; null before the approval' }),
    sent: z.boolean().meta({ description: 'Whether it has orders; one that has none is planned anew as fills arrive' }),
    legs: z.array(SliceLegSchema),
  })
  .meta({ id: 'ExecutionSlice' });
export type ExecutionSlice = z.infer<typeof SliceSchema>;

/** Why a schedule ended. */
export const SCHEDULE_ENDS = ['finished', 'called_off', 'halted', 'denied', 'quarantined'] as const;
export type ScheduleEnd = (typeof SCHEDULE_ENDS)[number];
