import { buildSchema, type GraphQLEnumType, type GraphQLObjectType } from 'graphql';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import * as surface from '../../../src/market/surfaceModel.ts';
import { readSchema } from '../../../src/platform/graphql.ts';

const schema = buildSchema((await readSchema()).join('\n'));

test.each<[string, z.ZodObject]>([
  ['MarketSurface', surface.MarketSurfaceSchema],
  ['SurfaceExpiry', surface.SurfaceExpirySchema],
  ['SviParameters', surface.SviParametersSchema],
  ['JumpWings', surface.JumpWingsSchema],
  ['SmilePoint', surface.SmilePointSchema],
  ['ArbitrageInterval', surface.ArbitrageIntervalSchema],
  ['SurfaceQuality', surface.SurfaceQualitySchema],
  ['SmileMetrics', surface.SmileMetricsSchema],
  ['SmileWing', surface.SmileWingSchema],
  ['QuoteResidual', surface.QuoteResidualSchema],
  ['RejectedQuote', surface.RejectedQuoteSchema],
  ['OmittedExpiry', surface.OmittedExpirySchema],
])('the type %s has the fields of its model', (type, model) => {
  const fields = Object.keys((schema.getType(type) as GraphQLObjectType).getFields());
  expect(fields.sort()).toEqual(Object.keys(model.shape).sort());
});

test.each<[string, readonly string[]]>([
  ['VolatilityType', surface.MarketSurfaceSchema.shape.source.options],
  ['SmileMethod', surface.SMILE_METHODS],
  ['FallbackReason', surface.FALLBACK_REASONS],
  ['ForwardSource', surface.FORWARD_SOURCES],
  ['RejectionCode', surface.REJECTION_CODES],
  ['OmissionReason', surface.OMISSION_REASONS],
])('the enum %s has the values of its model', (type, values) => {
  const names = (schema.getType(type) as GraphQLEnumType).getValues().map(({ name }) => name);
  expect(names.sort()).toEqual([...values].sort());
});
