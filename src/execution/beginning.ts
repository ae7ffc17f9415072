import type { HedgePlan } from '../hedging/model.ts';
import type { Market, MarketView } from '../market/service.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database.ts';
import { Problem } from '../platform/problem.ts';
import { isAccepted, isSliced, type Acceptance, type Accepted, type Priced, type Wanted } from './acceptance.ts';
import type { Judging, Situation } from './judging.ts';
import type { OrderStatus } from './orderState.ts';
import type { Reconciliation } from './reconciliation.ts';

/** An execution that can be begun; what is sent from its account waits where it is not known what is open there. */
export type Prepared = Priced & { isKnown: boolean };

/** An execution that was accepted, and is to be worked once its transaction has ended. */
export interface Begun extends Accepted {
  plan: HedgePlan;
  /** Nothing where its orders are judged when it is worked. */
  judged: Judged | undefined;
}

/** Orders that were judged as they were written; the first of them was marked as sent if none was denied. */
export interface Judged {
  latest: MarketView;
  /** `denied`, or `initialized`: the status that each was found in. */
  found: OrderStatus[];
  at: Date;
}

/**
 * Accepts executions in the transaction of whoever decides on them and works them itself; of those whose orders all go out at once it marks
 * as sent, in the same transaction, what may be sent.
 */
export function createBeginning(deps: {
  clock: Clock;
  market: Market;
  acceptance: Acceptance;
  judging: Judging;
  reconciliation: Reconciliation;
}) {
  const { clock, market, acceptance, judging, reconciliation } = deps;

  return {
    /** @throws Problem where it cannot be executed so, whenever that is */
    async prepare(wanted: Wanted): Promise<Prepared> {
      const priced = await acceptance.check(wanted);
      const { asker, input } = wanted;
      const account = input.accountId && { tenantId: asker.tenantId, accountId: input.accountId };
      return { ...priced, isKnown: !account || (await reconciliation.isKnown(account)) };
    },

    /**
     * What was begun of each, or why it was not, by the ids of the executions. Nobody has executed their plans: they are written in `tx`,
     * by statements of the turn in which this is called.
     */
    async begin(tx: Tx, tenantId: string, wanted: readonly Prepared[]): Promise<Map<string, Begun | Problem>> {
      // Nobody changes it before `tx` ends.
      const [facts, latestId] = await Promise.all([
        acceptance.readFacts(tx, tenantId, wanted, true),
        market.latestIdIn(tx, tenantId),
      ]);
      const verdicts = acceptance.admit(wanted, facts);
      const situations = wanted.flatMap((each, i): Situation[] => {
        const verdict = verdicts[i];
        const isNow = isAccepted(verdict) && isJudged(each, latestId);
        return isNow ? [{ ...verdict, plan: each.plan, latest: each.view }] : [];
      });
      const { limits, versions, quarantined, trading } = facts;
      const judged = await judging.judgeNew(tx, { state: trading.state, limits, versions, quarantined }, situations);
      const at = clock.now();
      const begun = wanted.map(({ id, plan, view }, i): Begun | Problem => {
        const verdict = verdicts[i]!;
        if (verdict instanceof Problem) return verdict;
        const orders = judged.get(id);
        if (!orders) return { ...verdict, plan, judged: undefined };
        const found = orders.map(({ status }) => (status === 'denied' ? status : 'initialized'));
        return { ...verdict, orders, plan, judged: { latest: view, found, at } };
      });
      await acceptance.write(tx, tenantId, begun.filter(isAccepted), facts);
      return new Map(wanted.map(({ id }, i) => [id, begun[i]!]));
    },
  };
}

/** Not what goes out in parts, waits for somebody, or was planned on prices that have been replaced since. */
function isJudged({ input, view, isKnown }: Prepared, latestId: string | undefined): boolean {
  return input.mode === 'auto' && !isSliced(input) && isKnown && latestId === view.id;
}
