import { exact, type Exact } from '../../platform/decimal.ts';
import type { Fill } from '../model.ts';
import type { OrderReport } from '../ports.ts';
import type { VenueState } from './dialect.ts';

/**
 * What the venue's orders under one id come to. An order that says it has traded more than its fills add up to is still
 * being told, so it stays open until they do.
 *
 * More than one order under one id is an incident: the id was taken twice, as Deribit allows. What they traded is held, so
 * all their fills are told, as those of one order, which then is seen to be overfilled; the reason names them all.
 */
export function reportOf(states: readonly [VenueState, ...VenueState[]]): OrderReport {
  const [first] = states;
  const told = states.flatMap((state) => state.fills);
  const { fills, leftOut } = inOneCurrency(told);
  const reasons = [states.length === 1 ? first.reason : incident(states), leftOut].filter((reason) => reason !== null);
  const reason = reasons.length === 0 ? null : reasons.join('; ');
  return { venueOrderId: first.venueOrderId, status: statusOf(states), reason, fills };
}

function incident(states: readonly VenueState[]): string {
  const ids = states.map(({ venueOrderId }) => venueOrderId).join(', ');
  return `Incident: the venue holds ${states.length} orders under this id: ${ids}`;
}

/**
 * An account whose fees are taken in the venue's own coin pays in two currencies where that coin runs out in the middle of an
 * order. A report has one, and there is no price here to convert by: the other fees are left out of the sum, and named.
 */
function inOneCurrency(fills: Fill[]): { fills: Fill[]; leftOut: string | null } {
  const currency = fills[0]?.feeCurrency;
  const others = fills.filter(({ feeCurrency, fee }) => feeCurrency !== currency && !exact(fee).isZero());
  if (currency === undefined || others.length === 0) return { fills, leftOut: null };
  const named = others.map(({ fee, feeCurrency }) => `${fee} ${feeCurrency}`).join(', ');
  return {
    fills: fills.map((fill) => (fill.feeCurrency === currency ? fill : { ...fill, fee: '0', feeCurrency: currency })),
    leftOut: `Fees were also taken of ${named}, which are in no sum`,
  };
}

/** Of several orders, the one that is furthest from being over, else the one that traded most. */
const PRECEDENCE = ['partially_filled', 'accepted', 'filled', 'canceled', 'expired', 'rejected'] as const;

function statusOf(states: readonly VenueState[]): OrderReport['status'] {
  const statuses = states.map(toldStatus);
  return PRECEDENCE.find((status) => statuses.includes(status))!;
}

function toldStatus({ status, executed, fills }: VenueState): OrderReport['status'] {
  const told = fills.reduce<Exact>((sum, { quantity }) => sum.plus(quantity), exact(0));
  if (told.gte(executed)) return status;
  return told.isZero() ? 'accepted' : 'partially_filled';
}
