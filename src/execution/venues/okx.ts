import { z } from 'zod';
import type { InstrumentTerms } from '../../instruments/model.ts';
import { decimalText, exact } from '../../platform/decimal.ts';
import {
  figure,
  instantMs,
  label,
  NOT_AT_ONCE,
  type Assets,
  type CcxtClient,
  type Dialect,
  type ExchangeApi,
  type Listing,
  type VenueState,
} from '../exchanges/dialect.ts';
import { createExchange, type ExchangeDeps, type ExchangeVenue } from '../exchanges/exchangeVenue.ts';
import { ExchangeFault } from '../exchanges/fault.ts';
import { judgeOkx } from '../exchanges/okxVerdicts.ts';
import type { Fill } from '../model.ts';
import type { OrderReport } from '../ports.ts';

/**
 * OKX v5 (okx.com/docs-v5): perpetual swaps, settled in a stablecoin or in coin, on cross margin. OKX counts contracts; how much
 * of our quantity one is, its instruments tell (`ctVal`).
 *
 * Our id is `clOrdId`, which is refused a second time (51016) only while OKX remembers the first order. An order is told how late
 * it may arrive by its `expTime`. The answer to an order is an acknowledgement: what became of it is asked for.
 */
export function okxVenue(deps: ExchangeDeps): ExchangeVenue {
  return createExchange(OKX, deps);
}

const SWAP = 'SWAP';

const OKX: Dialect = {
  venue: 'okx',
  ccxt: 'okx',
  listsAll: false,
  prepare(client: CcxtClient, url) {
    if (url !== undefined) client.urls.api = { rest: url };
    const sign = client.sign.bind(client);
    client.sign = (path, api, method, { expTime, ...params }) => {
      const signed = sign(path, api, method, params);
      return expTime === undefined ? signed : { ...signed, headers: { ...signed.headers, expTime } }; // a header, which ccxt does not know
    };
  },
  judge: judgeOkx,
  async time(api) {
    const [{ ts }] = await ask(api, 'public', 'public/time', {}, z.tuple([z.object({ ts: label })]));
    return Number(ts);
  },
  nameOf(terms, assets) {
    if (terms.kind !== 'perpetual') return undefined;
    const underlying = assets.atVenue(terms.underlying);
    if (terms.settlement === 'linear') return `${underlying}-${assets.atVenue(terms.quote)}-${SWAP}`;
    return terms.quote === 'USD' ? `${underlying}-USD-${SWAP}` : undefined;
  },
  async list(api, name) {
    try {
      const params = { instType: SWAP, instId: name };
      return (await ask(api, 'public', 'public/instruments', params, z.array(InstrumentShape))).map(listingOf);
    } catch (error) {
      if (error instanceof ExchangeFault && error.verdict === 'refused') return []; // there is no such instrument
      throw error;
    }
  },
  async place(api, { order, listing, amount, price, expiresAt }, assets) {
    const params = {
      ...{ instId: listing.name, tdMode: 'cross', side: order.side, ordType: 'ioc', sz: amount, px: price },
      ...{ clOrdId: order.clientOrderId, expTime: String(expiresAt) },
    };
    const shape = z.object({ data: z.tuple([z.object({ ordId: label })]) });
    const { data } = await api.call({ api: 'private', method: 'POST', path: 'trade/order', params, once: true }, shape);
    const [{ ordId }] = data;
    const read = async () => {
      const [placed] = await ask(api, 'private', 'trade/order', { instId: listing.name, ordId }, z.tuple([OrderShape]));
      return stateOf(api, placed, listing.unit, order.terms, assets);
    };
    return { venueOrderId: ordId, read };
  },
  async find(api, ref, { name, listing }, assets) {
    try {
      const params = { instId: name, clOrdId: ref.clientOrderId };
      const [order] = await ask(api, 'private', 'trade/order', params, z.tuple([OrderShape]));
      if (listing) return [await stateOf(api, order, listing.unit, ref.terms, assets)];
    } catch (error) {
      if (error instanceof ExchangeFault && error.verdict === 'unknown_order') return [];
      throw error;
    }
    throw new ExchangeFault(
      'unclear',
      `OKX holds order ${ref.clientOrderId} and does not list ${name} any more, so its contracts cannot be counted`,
    );
  },
  async cancel(api, ref, { name }) {
    const params = { instId: name, clOrdId: ref.clientOrderId };
    await api.call(
      { api: 'private', method: 'POST', path: 'trade/cancel-order', params },
      z.object({ code: z.literal('0') }),
    );
  },
  async openOrders(api, unitOf) {
    const orders = await pages(api, 'trade/orders-pending', {}, OrderShape, ({ ordId }) => ordId);
    return Promise.all(
      orders.map(async ({ clOrdId, ordId, instId, side, sz, accFillSz }) => {
        const unit = await unitOf(instId);
        return {
          ...{ clientOrderId: clOrdId === '' ? null : clOrdId, venueOrderId: ordId, instrument: instId, side },
          ...{ quantity: times(sz, unit), filledQuantity: times(accFillSz, unit) },
        };
      }),
    );
  },
};

async function ask<S extends z.ZodType>(
  api: ExchangeApi,
  section: 'public' | 'private',
  path: string,
  params: Record<string, string>,
  data: S,
): Promise<z.output<S>> {
  const inside = z.object({ data: z.unknown() }).transform((answer) => answer.data);
  return api.call({ api: section, method: 'GET', path, params }, inside.pipe(data));
}

const PAGE = 100;
const MOST_PAGES = 50;

/** All of a list that OKX tells in pages, the newest first. */
async function pages<S extends z.ZodType>(
  api: ExchangeApi,
  path: string,
  params: Record<string, string>,
  shape: S,
  cursor: (item: z.output<S>) => string,
): Promise<z.output<S>[]> {
  const all: z.output<S>[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const last = all.at(-1);
    const after: Record<string, string> = last === undefined ? {} : { after: cursor(last) };
    const items = await ask(api, 'private', path, { ...params, limit: String(PAGE), ...after }, z.array(shape));
    all.push(...items);
    if (items.length < PAGE) return all;
  }
  throw new ExchangeFault('unclear', `${path} goes on after ${PAGE * MOST_PAGES}`);
}

const STATES = {
  live: 'accepted',
  partially_filled: 'partially_filled',
  filled: 'filled',
  canceled: 'canceled',
  mmp_canceled: 'canceled',
} as const satisfies Record<string, OrderReport['status']>;

const OrderShape = z.object({
  ordId: label,
  clOrdId: z.string().default(''),
  instId: z.string(),
  side: z.enum(['buy', 'sell']),
  state: z.enum(Object.keys(STATES) as [keyof typeof STATES]),
  sz: figure,
  accFillSz: figure,
  cancelSourceReason: z.string().default(''),
});

const FillShape = z.object({
  tradeId: label,
  billId: label,
  ordId: label,
  fillSz: figure,
  fillPx: figure,
  fee: figure,
  feeCcy: z.string(),
  fillTime: instantMs.optional(),
  ts: instantMs,
});

async function stateOf(
  api: ExchangeApi,
  order: z.output<typeof OrderShape>,
  unit: string,
  terms: InstrumentTerms,
  assets: Assets,
): Promise<VenueState> {
  const status = STATES[order.state];
  return {
    ...{ venueOrderId: order.ordId, status, executed: times(order.accFillSz, unit) },
    reason: status === 'canceled' ? order.cancelSourceReason || NOT_AT_ONCE : null,
    fills: (await fillsOf(api, order)).map((fill) => ({
      ...{
        tradeId: fill.tradeId,
        quantity: times(fill.fillSz, unit),
        price: fill.fillPx,
        at: fill.fillTime ?? fill.ts,
      },
      // What OKX takes is negative, what it gives back positive.
      ...{ fee: decimalText(exact(fill.fee).neg()), feeCurrency: assets.ours(fill.feeCcy, terms) },
    })) satisfies Fill[],
  };
}

/** Fills are told for three days in one place and for three months in the other. */
async function fillsOf(api: ExchangeApi, order: z.output<typeof OrderShape>): Promise<z.output<typeof FillShape>[]> {
  if (order.accFillSz === '0') return [];
  const params = { instType: SWAP, instId: order.instId, ordId: order.ordId };
  const recent = await pages(api, 'trade/fills', params, FillShape, ({ billId }) => billId);
  const told = recent.reduce((sum, { fillSz }) => sum.plus(fillSz), exact(0));
  const all = told.gte(order.accFillSz)
    ? recent
    : await pages(api, 'trade/fills-history', params, FillShape, ({ billId }) => billId);
  return all.filter(({ ordId }) => ordId === order.ordId).reverse();
}

const InstrumentShape = z.object({
  instId: z.string(),
  state: z.string(),
  ctType: z.enum(['linear', 'inverse']),
  ctVal: figure,
  ctMult: figure,
  ctValCcy: z.string(),
  lotSz: figure,
  minSz: figure,
  maxLmtSz: figure.optional(),
  tickSz: figure,
});

/** Linear contracts are of coins and inverse ones of dollars; one that is of anything else is not traded, since we would miscount it. */
function listingOf(instrument: z.output<typeof InstrumentShape>): Listing {
  const { instId, state, ctType, ctVal, ctMult, ctValCcy, lotSz, minSz, maxLmtSz, tickSz } = instrument;
  const [base, quote] = instId.split('-');
  return {
    name: instId,
    open: state === 'live' && ctValCcy === (ctType === 'linear' ? base : quote),
    ...{ lot: lotSz, minimum: minSz, tick: tickSz, coarseTicks: [], unit: times(ctVal, ctMult) },
    ...(maxLmtSz !== undefined && { maximum: maxLmtSz }),
  };
}

function times(a: string, b: string): string {
  return decimalText(exact(a).mul(b));
}
