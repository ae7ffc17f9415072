import { type CostModel, fundingCost, tradingCost } from '../hedging/cost.ts';
import type { BookRows } from './bookRows.ts';
import { type Settlement, STRATEGY_COLUMNS, type StrategyColumn } from './hedgeSetup.ts';
import { PATH_BLOCK } from './pathNormals.ts';

/** The accounts of one strategy on one block: a row of PATH_BLOCK values for each column of its result, and for its state. */
export interface Accounts extends Readonly<Record<StrategyColumn, Float64Array>> {
  /** Units of the underlying held. */
  readonly hedge: Float64Array;
  readonly cash: Float64Array;
  /** Years from the start; −Infinity before the first. */
  readonly lastLook: Float64Array;
  readonly lastTrade: Float64Array;
}

export function createAccounts(): Accounts {
  const row = () => new Float64Array(PATH_BLOCK);
  const columns = Object.fromEntries(STRATEGY_COLUMNS.map((name) => [name, row()])) as Record<
    StrategyColumn,
    Float64Array
  >;
  return { ...columns, hedge: row(), cash: row(), lastLook: row(), lastTrade: row() };
}

/** Empty, but for the premium of the book. */
export function openAccounts(accounts: Accounts, { value }: BookRows, size: number): void {
  for (const name of STRATEGY_COLUMNS) accounts[name].fill(0, 0, size);
  accounts.hedge.fill(0, 0, size);
  accounts.lastLook.fill(-Infinity, 0, size);
  accounts.lastTrade.fill(-Infinity, 0, size);
  for (let i = 0; i < size; i++) accounts.cash[i] = 0 - value[i]!;
}

/** What one unit of cash and of stock earns in `years`; a yield is reinvested, and sold at the end at no cost. */
export interface Carry {
  readonly years: number;
  readonly interest: number;
  readonly dividend: number;
}

export function carryOver(
  { rate, dividendYield }: { readonly rate: number; readonly dividendYield: number },
  financing: boolean,
  years: number,
): Carry {
  if (!financing) return { years, interest: 0, dividend: 0 };
  return { years, interest: Math.expm1(rate * years), dividend: Math.expm1(dividendYield * years) };
}

/** From one step to the next: the hedge moves with the spot, cash and hedge earn, and funding is paid on the notional held. */
export function accrue(
  accounts: Accounts,
  { fundingRate }: CostRates,
  carry: Carry,
  before: Float64Array,
  spot: Float64Array,
  size: number,
): void {
  const { hedge, hedgePnl } = accounts;
  for (let i = 0; i < size; i++) hedgePnl[i] = hedgePnl[i]! + hedge[i]! * (spot[i]! - before[i]!);
  if (carry.interest !== 0 || carry.dividend !== 0) earn(accounts, carry, spot, size);
  if (fundingRate !== 0) payFunding(accounts, fundingRate * carry.years, before, size);
}

function payFunding({ hedge, cash, funding }: Accounts, rate: number, before: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    const paid = hedge[i]! * before[i]! * rate;
    funding[i] = funding[i]! + paid;
    cash[i] = cash[i]! - paid;
  }
}

function earn(
  { hedge, cash, financing }: Accounts,
  { interest, dividend }: Carry,
  spot: Float64Array,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const earned = cash[i]! * interest + hedge[i]! * spot[i]! * dividend;
    financing[i] = financing[i]! + earned;
    cash[i] = cash[i]! + earned;
  }
}

/** Options that expire at this step, paid in cash or by delivery into the hedge; what is delivered is worth the spot. */
export function receive(
  { hedge, cash }: Accounts,
  { payoff, delivered, spot }: BookRows,
  settlement: Settlement,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const units = settlement === 'physical' ? delivered[i]! : 0;
    hedge[i] = hedge[i]! + units;
    cash[i] = cash[i]! + (payoff[i]! - units * spot[i]!);
  }
}

/** What a cost model takes of each unit of notional, so that columns are multiplied and nothing is paid where it takes nothing. */
export interface CostRates {
  readonly model: CostModel;
  readonly feeRate: number;
  readonly spreadRate: number;
  /** Per year of holding. */
  readonly fundingRate: number;
}

export function costRatesOf(model: CostModel): CostRates {
  const { fee, spread } = tradingCost(model, 1);
  return { model, feeRate: fee, spreadRate: spread, fundingRate: fundingCost(model, 1, 1) };
}

/** Trades `units` (signed, 0 for none) of each path at its spot, and pays for it. */
export function trade(
  accounts: Accounts,
  { model, feeRate, spreadRate }: CostRates,
  units: Float64Array,
  spot: Float64Array,
  size: number,
): void {
  const { hedge, cash, trades, turnover, fee, spread, fixed } = accounts;
  for (let i = 0; i < size; i++) {
    const bought = units[i]!;
    const paid = bought * spot[i]!;
    hedge[i] = hedge[i]! + bought;
    cash[i] = cash[i]! - paid;
    trades[i] = trades[i]! + (bought === 0 ? 0 : 1);
    turnover[i] = turnover[i]! + Math.abs(paid);
  }
  if (feeRate !== 0) payShare(cash, fee, feeRate, units, spot, size);
  if (spreadRate !== 0) payShare(cash, spread, spreadRate, units, spot, size);
  if (model.impactCoefficient !== 0) payImpact(accounts, model, units, spot, size);
  if (model.fixedCost === 0) return;
  for (let i = 0; i < size; i++) {
    const paid = units[i] === 0 ? 0 : model.fixedCost;
    fixed[i] = fixed[i]! + paid;
    cash[i] = cash[i]! - paid;
  }
}

function payShare(
  cash: Float64Array,
  column: Float64Array,
  rate: number,
  units: Float64Array,
  spot: Float64Array,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const paid = Math.abs(units[i]! * spot[i]!) * rate;
    column[i] = column[i]! + paid;
    cash[i] = cash[i]! - paid;
  }
}

function payImpact(
  { cash, impact }: Accounts,
  model: CostModel,
  units: Float64Array,
  spot: Float64Array,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const paid = tradingCost(model, Math.abs(units[i]! * spot[i]!)).impact;
    impact[i] = impact[i]! + paid;
    cash[i] = cash[i]! - paid;
  }
}

const liquidated = new Float64Array(PATH_BLOCK);

/** At the horizon: the hedge is sold, what is alive of the book stands at the model. */
export function closeAccounts(accounts: Accounts, rates: CostRates, { spot, value }: BookRows, size: number): void {
  const { hedge, cash, pnl, cost, fee, spread, impact, fixed, funding } = accounts;
  for (let i = 0; i < size; i++) liquidated[i] = -hedge[i]!;
  trade(accounts, rates, liquidated, spot, size);
  for (let i = 0; i < size; i++) {
    pnl[i] = cash[i]! + value[i]!;
    cost[i] = fee[i]! + spread[i]! + impact[i]! + fixed[i]! + funding[i]!;
  }
}
