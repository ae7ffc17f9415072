import { buildSchema, type GraphQLEnumType, type GraphQLInputObjectType, type GraphQLObjectType } from 'graphql';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import * as crossings from '../../../src/execution/crossingModel.ts';
import * as execution from '../../../src/execution/model.ts';
import * as limits from '../../../src/execution/limitsModel.ts';
import { ORDER_STATUSES } from '../../../src/execution/orderState.ts';
import { RehearsalSchema } from '../../../src/execution/rehearsalModel.ts';
import * as schedule from '../../../src/execution/scheduleModel.ts';
import { VENUES } from '../../../src/execution/venueNames.ts';
import * as scorecards from '../../../src/execution/scorecardModel.ts';
import { CostModelSchema, EstimatedCostSchema } from '../../../src/hedging/costModel.ts';
import * as hedging from '../../../src/hedging/model.ts';
import * as optimise from '../../../src/hedging/optimiseModel.ts';
import * as policies from '../../../src/hedging/policyModel.ts';
import { INSTRUMENT_KINDS, OPTION_TYPES, SETTLEMENTS } from '../../../src/instruments/model.ts';
import * as ledger from '../../../src/ledger/model.ts';
import * as feeds from '../../../src/market/feeds/model.ts';
import * as market from '../../../src/market/model.ts';
import * as monitors from '../../../src/monitors/model.ts';
import { readSchema } from '../../../src/platform/graphql.ts';
import { OPERATION_STATUSES } from '../../../src/platform/operation.ts';
import { FaultSchema, ProblemSchema } from '../../../src/platform/problem.ts';
import * as portfolios from '../../../src/portfolios/model.ts';
import { IMPACT_SHAPES } from '../../../src/quant/hedging/cost.ts';
import { ALTERNATIVES } from '../../../src/quant/hedging/optimiser/model.ts';
import { DECISION_REASONS } from '../../../src/quant/hedging/policyDecision.ts';
import * as risk from '../../../src/risk/model.ts';
import { BacktestSchema } from '../../../src/simulation/resultModel.ts';
import * as webhooks from '../../../src/webhooks/model.ts';

const schema = buildSchema((await readSchema()).join('\n'));
const fields = (type: string) =>
  Object.keys((schema.getType(type) as GraphQLObjectType | GraphQLInputObjectType).getFields());

const point = optimise.FrontierPointSchema.shape;
const stress = point.stress.unwrap();
const { cash, underlyings, failures, from } = ledger.LedgerSchema.shape;
const backtest = BacktestSchema.shape.result.unwrap();
const strategy = backtest.shape.strategies.element;

test.each<[string, z.ZodObject, string[]?]>([
  ['Portfolio', portfolios.PortfolioSchema],
  ['Position', portfolios.PositionSchema],
  ['MarketSnapshot', market.MarketSnapshotSummarySchema],
  ['MarketUnderlying', market.MarketSnapshotSummarySchema.shape.underlyings.element],
  ['Staleness', market.StalenessSchema],
  ['Analysis', risk.AnalysisSchema],
  ['Valuation', risk.ValuationSchema],
  ['UnderlyingGreeks', risk.UnderlyingGreeksSchema],
  ['ExpiryGreeks', risk.ExpiryGreeksSchema],
  ['CashTotal', risk.CashTotalSchema],
  ['Greeks', risk.GreeksSchema],
  ['Failure', risk.FailureSchema],
  ['PositionGreeks', risk.PositionGreeksSchema],
  ['HedgePlan', hedging.HedgePlanSchema],
  ['HedgePlanResult', hedging.PlanResultSchema],
  ['PlannedOrder', hedging.PlannedOrderSchema],
  ['CostModel', CostModelSchema],
  ['UnderlyingPlan', hedging.UnderlyingPlanSchema],
  ['Alternative', hedging.AlternativeSchema],
  ['NoTrade', hedging.NoTradeSchema],
  ['Target', hedging.TargetSchema],
  ['TenorDays', hedging.TargetSchema.shape.tenorDays.unwrap()],
  ['EstimatedCost', EstimatedCostSchema],
  ['PolicyDecision', hedging.PolicyDecisionSchema],
  ['FrontierPoint', optimise.FrontierPointSchema],
  ['FrontierLeg', point.legs.element],
  ['LegCost', point.cost],
  ['UnderlyingHedge', point.greeks.element],
  ['FrontierStress', stress],
  ['StressedPlan', stress.shape.worst],
  ['ConstraintRelaxed', optimise.ConstraintRelaxedSchema],
  ['Worth', optimise.WorthSchema],
  ['WorthIncome', optimise.WorthSchema.shape.income.unwrap()],
  ['HedgePolicy', policies.StoredPolicySchema],
  ['Ledger', ledger.LedgerSchema],
  ['UnpricedFee', ledger.UnpricedFeeSchema],
  ['LedgerMark', from],
  ['LedgerTotal', cash.element],
  ['LedgerLine', underlyings.element],
  ['LedgerFailure', failures.element],
  ['LedgerExplanation', cash.element.shape.explanation],
  ['Backtest', BacktestSchema],
  ['BacktestResult', backtest],
  ['StrategyResult', strategy],
  ['Estimate', strategy.shape.pnl],
  ['CertaintyEquivalent', strategy.shape.certaintyEquivalents.element],
  ['Quantile', strategy.shape.quantiles.element],
  ['Histogram', strategy.shape.histogram],
  ['BacktestAttribution', strategy.shape.attribution],
  ['Execution', execution.ExecutionSchema],
  ['ExecutionResult', execution.ExecutionResultSchema],
  ['NettedLeg', crossings.NettedLegSchema],
  ['Crossing', crossings.CrossingSchema],
  ['CrossingShare', crossings.CrossingSchema.shape.shares.element],
  ['Shortfall', execution.ShortfallSchema],
  ['ExecutionSlice', schedule.SliceSchema],
  ['SliceLeg', schedule.SliceLegSchema],
  ['VenueScorecards', scorecards.VenueScorecardsSchema],
  ['VenueScorecard', scorecards.VenueScorecardSchema],
  ['CostScore', scorecards.CostScoreSchema],
  ['TimeScore', scorecards.TimeScoreSchema],
  ['TradingState', limits.TradingStateViewSchema],
  ['TradingLimits', limits.LimitsSchema],
  ['Order', execution.OrderDetailSchema],
  ['Fill', execution.FillSchema],
  ['OrderTransition', execution.OrderTransitionSchema],
  ['MarketFeed', feeds.FeedSchema],
  ['FedSnapshot', feeds.FedSnapshotSchema],
  ['MarketFeedError', feeds.FeedErrorSchema],
  ['Monitor', monitors.MonitorSchema],
  ['MonitorDecision', monitors.DecisionSchema],
  ['WebhookEndpoint', webhooks.WebhookEndpointSchema],
  ['Problem', ProblemSchema, ['instance', 'requestId']],
  ['Fault', FaultSchema, ['line']],
])('the type %s has every field of its model', (type, model, left = []) => {
  expect(Object.keys(model.shape).filter((name) => !left.includes(name) && !fields(type).includes(name))).toEqual([]);
});

test.each<[string, z.ZodObject]>([
  ['PortfolioInput', portfolios.PortfolioInputSchema],
  ['BookInput', portfolios.BookInputSchema],
  ['PositionInput', portfolios.PositionInputSchema],
  ['PositionChangeInput', portfolios.PositionChangeSchema],
  ['AnalysisInput', risk.AnalysisInputSchema],
  ['HedgePlanInput', hedging.HedgePlanInputSchema],
  ['HedgeInstrumentInput', hedging.HedgeInstrumentSchema],
  ['TargetInput', hedging.TargetSchema],
  ['TenorDaysInput', hedging.TargetSchema.shape.tenorDays.unwrap()],
  ['WorthInput', optimise.WorthInputSchema],
  ['HedgePolicyInput', policies.HedgePolicyInputSchema],
  ['CostModelInput', CostModelSchema],
  ['ExecutionInput', execution.ExecutionInputSchema],
  ['NettingInput', crossings.NettingInputSchema],
  ['PaperRehearsalInput', RehearsalSchema],
  ['ScheduleInput', schedule.ScheduleInputSchema],
  ['TradingLimitsInput', limits.LimitsSchema],
  ['TradingStateInput', limits.TradingStateInputSchema],
  ['WebhookEndpointInput', webhooks.WebhookEndpointInputSchema],
])('the input %s has the fields of its model', (type, model) => {
  expect(fields(type).sort()).toEqual(Object.keys(model.shape).sort());
});

test.each<[string, readonly string[]]>([
  ['OperationStatus', OPERATION_STATUSES],
  ['InstrumentKind', INSTRUMENT_KINDS],
  ['Settlement', SETTLEMENTS],
  ['OptionType', OPTION_TYPES],
  ['PortfolioCause', portfolios.CAUSES],
  ['DeltaConvention', risk.DELTA_CONVENTIONS],
  ['TargetGreek', hedging.TARGET_GREEKS],
  ['RebalanceTo', hedging.HedgePlanInputSchema.shape.rebalanceTo.unwrap().options],
  ['ImpactShape', IMPACT_SHAPES],
  ['PolicyReason', DECISION_REASONS],
  ['AlternativeName', ALTERNATIVES],
  ['LegAction', point.legs.element.shape.action.options],
  ['LedgerResolution', ledger.RESOLUTIONS],
  ['Venue', VENUES],
  ['OrderStatus', ORDER_STATUSES],
  ['ExecutionOutcome', execution.OUTCOMES],
  ['ExecutionMode', execution.MODES],
  ['WaitingFor', execution.WAITING_FOR],
  ['ScheduleKind', schedule.SCHEDULE_KINDS],
  ['ScheduleEnd', schedule.SCHEDULE_ENDS],
  ['TradingStateName', limits.TRADING_STATES],
  ['DenialCode', limits.DENIALS],
  ['MarketFeedStatus', feeds.FEED_STATUSES],
  ['MonitorVerdict', monitors.VERDICTS],
  ['MonitorStatus', monitors.MonitorSchema.shape.status.options],
  ['WebhookDisabledReason', webhooks.DISABLED_REASONS],
])('the enum %s has the values of its model', (type, values) => {
  const names = (schema.getType(type) as GraphQLEnumType).getValues().map(({ name }) => name);
  expect(names.sort()).toEqual([...values].sort());
});
