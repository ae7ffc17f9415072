import type { PlanResult } from '../hedging/model.ts';
import type { MonitorDecision, Verdict } from './model.ts';

/** What a decision is about. */
export interface Facts extends Partial<Pick<MonitorDecision, 'hedgePlanId' | 'executionId' | 'outcome'>> {
  marketSnapshotId: string | null;
  portfolioVersion: number | null;
  /** The plan that was weighed, where one was. */
  result?: PlanResult;
}

const NOTHING = {
  ...{ marketSnapshotId: null, portfolioVersion: null, hedgePlanId: null, executionId: null, outcome: null },
};

export function decided(verdict: Verdict, at: Date, reasons: string[], about: Partial<Facts> = {}): MonitorDecision {
  const { result, ...facts } = about;
  const underlyings = (result?.underlyings ?? []).map(({ underlying, quote, greeks }) => ({
    ...{ underlying, quote, greeks: greeks.before },
  }));
  return { ...NOTHING, ...facts, verdict, reasons, at: at.toISOString(), underlyings };
}
