import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Control } from './control.ts';
import { LimitsSchema, TradingStateInputSchema, TradingStateViewSchema } from './limitsModel.ts';

/** Whether orders are sent at all, and within which limits. */
export function controlRoutes(control: Control) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.get('/v1/trading-state', {
      config: { scope: 'execution:read' },
      schema: {
        operationId: 'getTradingState',
        tags: ['Execution'],
        summary: 'Whether orders are sent',
        response: { 200: TradingStateViewSchema },
      },
      handler: (request) => control.state(request.principal.tenantId),
    });

    app.post('/v1/trading-state', {
      config: { scope: 'execution:write' },
      schema: {
        operationId: 'setTradingState',
        tags: ['Execution'],
        summary: 'Stop, reduce or resume trading',
        description:
          'Once this has answered `halted`, no order is marked as sent any more; executions that are under way cancel what is open. The state is kept in the database and survives a restart. Every change is kept for the audit. A laxer state than yours is now (`halted` is the strictest) asks for the scope `admin`.',
        body: TradingStateInputSchema,
        response: { 200: TradingStateViewSchema },
      },
      handler: (request) => control.setState(request.principal, request.body),
    });

    app.get('/v1/trading-limits', {
      config: { scope: 'execution:read' },
      schema: {
        operationId: 'getTradingLimits',
        tags: ['Execution'],
        summary: 'What every order has to keep to',
        response: { 200: LimitsSchema },
      },
      handler: (request) => control.limits(request.principal.tenantId),
    });

    app.put('/v1/trading-limits', {
      config: { scope: 'admin' },
      schema: {
        operationId: 'setTradingLimits',
        tags: ['Execution'],
        summary: 'Set what every order has to keep to',
        description: 'Replaces the limits; what is left out is not limited. Executions may ask for stricter ones.',
        body: LimitsSchema,
        response: { 200: LimitsSchema },
      },
      handler: (request) => control.setLimits(request.principal.tenantId, request.body),
    });
  };
}
