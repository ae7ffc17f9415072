import { z } from 'zod';
import type { InstrumentTerms } from '../../instruments/model.ts';
import { decimalText } from '../../platform/decimal.ts';
import type { Fill } from '../model.ts';
import type { OpenOrder, OrderRef, OrderReport, VenueOrder } from '../ports.ts';
import type { Judgement } from './fault.ts';

/** The classes of ccxt that are used. */
export type CcxtName = 'deribit' | 'binanceusdm' | 'okx';

/** What of a ccxt client is used: its signing and its transport. What it makes of orders and errors is not, see `wire.ts`. */
export interface CcxtClient {
  urls: { api: Record<string, string> };
  timeout: number;
  userAgent: string;
  milliseconds(): number;
  fetchImplementation: unknown;
  handleErrors(
    status: number,
    reason: string,
    url: string,
    method: string,
    headers: object,
    body: string,
    answer: unknown,
  ): unknown;
  sign(path: string, api: string, method: string, params: Record<string, string>): Signed;
  request(path: string, api: string, method: string, params: Record<string, string>): Promise<unknown>;
}

export interface Signed {
  url: string;
  method: string;
  headers: Record<string, string> | undefined;
  body: string | undefined;
}

export interface Call {
  /** The section of the venue's interface, as ccxt names it. */
  api: string;
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  params?: Record<string, string>;
  /** Sent at once or not at all, and never again: its time limit counts from before. */
  once?: boolean;
}

/** A venue as one account sees it. */
export interface ExchangeApi {
  /** Throws `ExchangeFault` for whatever is not an answer of the shape that was asked for. */
  call<S extends z.ZodType>(call: Call, shape: S): Promise<z.output<S>>;
}

/** An instrument as the venue lists it. Decimals as text, amounts in the venue's unit. */
export interface Listing {
  name: string;
  /** Whether orders are taken now. */
  open: boolean;
  lot: string;
  minimum: string;
  maximum?: string;
  minimumNotional?: string;
  tick: string;
  /** Coarser ticks above some prices, in ascending order. */
  coarseTicks: { above: string; tick: string }[];
  /** How much of our quantity one of the venue's amount is. */
  unit: string;
}

/** An order as the venue tells it. Quantities in our unit. */
export interface VenueState {
  venueOrderId: string;
  status: OrderReport['status'];
  reason: string | null;
  /** What the order says has traded; its fills may be told later. */
  executed: string;
  fills: Fill[];
}

/** An order on the venue's grid. Decimals as text. */
export interface OnGrid {
  /** In the venue's unit. */
  amount: string;
  price: string;
}

/** An order on its way to the venue. */
export interface Ticket extends OnGrid {
  order: VenueOrder;
  listing: Listing;
  /** The instant, by the venue's clock in ms, after which the venue must not take the order any more. */
  expiresAt: number;
  /** The same as a span from now. */
  windowMs: number;
}

/** Names of assets, by the operator's table. */
export interface Assets {
  /** The venue's name of an asset of ours. */
  atVenue(asset: string): string;
  /** Our name of an asset in which a fee on this instrument was taken. */
  ours(asset: string, terms: InstrumentTerms): string;
}

/** An order that the venue has just taken. */
export interface Placed {
  venueOrderId: string;
  /** What became of it. */
  read(): Promise<VenueState>;
}

/** What sets one exchange apart from the others. */
export interface Dialect {
  venue: 'deribit' | 'binance' | 'okx';
  ccxt: CcxtName;
  /** Whether `list` tells all instruments whatever is asked for. */
  listsAll: boolean;
  /** Makes a fresh client speak to `url` (an origin; undefined: the public one). */
  prepare(client: CcxtClient, url: string | undefined): void;
  /** Undefined for an answer that is no error. `answer` is the parsed JSON; undefined where there was none. */
  judge(status: number, answer: unknown): Judgement | undefined;
  /** The venue's time in ms. */
  time(api: ExchangeApi): Promise<number>;
  /** The venue's name of an instrument, or undefined where its naming cannot express it. Says nothing of whether it is listed. */
  nameOf(terms: InstrumentTerms, assets: Assets): string | undefined;
  list(api: ExchangeApi, name: string): Promise<Listing[]>;
  place(api: ExchangeApi, ticket: Ticket, assets: Assets): Promise<Placed>;
  /**
   * Every order under this id, the first one first. `deep`: also where the venue keeps what is long over.
   * `listing` is undefined where the instrument is not listed any more.
   */
  find(
    api: ExchangeApi,
    ref: OrderRef,
    at: { name: string; listing: Listing | undefined; deep: boolean },
    assets: Assets,
  ): Promise<VenueState[]>;
  cancel(api: ExchangeApi, ref: OrderRef, at: { name: string; venueOrderId: string }): Promise<void>;
  /** `unitOf` an instrument's name is how much of our quantity the venue's amount of one is; 1 of those that are not known here. */
  openOrders(api: ExchangeApi, unitOf: (name: string) => Promise<string>): Promise<OpenOrder[]>;
}

/** Why an order that is immediate or cancel ends short, where the venue does not say. */
export const NOT_AT_ONCE = 'What could not be filled at once was canceled';

/** The day on which a dated future ends in Binance's names, YYMMDD; undefined where it does not end at 08:00 UTC. */
export function expiryDay(expiry: string): string | undefined {
  const [date, time] = new Date(expiry).toISOString().split('T');
  return time === '08:00:00.000Z' ? date!.slice(2).replaceAll('-', '') : undefined;
}

/** A figure as venues tell it, text or number; read into plain decimal text. */
export const figure = z
  .union([z.string().regex(/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/), z.number()])
  .transform((value) => decimalText(value));

/** An id or an instant, text or number. */
export const label = z.union([z.string().min(1), z.int()]).transform(String);

/** Milliseconds of the epoch, text or number; read into an RFC 3339 instant. */
export const instantMs = z
  .union([z.string().regex(/^\d{1,15}$/), z.int().nonnegative()])
  .transform((value) => new Date(Number(value)).toISOString());
