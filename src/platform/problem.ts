import { z } from 'zod';

/** Every way in which Ballast says no. The code is stable and names a row of the page /errors. */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not well formed' },
  unauthenticated: { status: 401, title: 'No valid API key was given' },
  forbidden: { status: 403, title: 'The API key lacks a scope' },
  not_found: { status: 404, title: 'There is no such resource' },
  conflict: { status: 409, title: 'The resource is not in a state that allows this' },
  idempotency_in_flight: { status: 409, title: 'A request with this Idempotency-Key is being worked on' },
  plan_superseded: { status: 409, title: 'The portfolio has changed since the plan was made' },
  execution_in_flight: { status: 409, title: 'Another execution on this portfolio has not ended' },
  stale_market: { status: 409, title: 'The market snapshot is older than the policy allows' },
  trading_halted: { status: 409, title: 'Trading is halted' },
  quarantined: { status: 409, title: 'An order on this portfolio was overfilled and waits for a person' },
  approval_expired: { status: 409, title: 'The approval came too late' },
  precondition_failed: { status: 412, title: 'The resource has changed since it was read' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body has a media type that is not taken here' },
  validation_failed: { status: 422, title: 'The request is well formed but cannot be accepted' },
  idempotency_mismatch: { status: 422, title: 'The Idempotency-Key was used with another request' },
  precondition_required: { status: 428, title: 'The request must say which version it changes' },
  query_too_complex: { status: 400, title: 'The GraphQL query asks for too much' },
  internal: { status: 500, title: 'Ballast failed' },
  unavailable: { status: 503, title: 'Ballast cannot answer now' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export const FaultSchema = z
  .object({
    pointer: z.string().meta({ description: 'JSON pointer (RFC 6901) to the faulty value; empty for the whole body' }),
    code: z.string().meta({ description: 'Machine-readable reason' }),
    detail: z.string().meta({ description: 'The reason in words' }),
    line: z.int().optional().meta({ description: 'Line of the CSV file, the header being line 1' }),
  })
  .meta({ id: 'Fault' });
export type Fault = z.infer<typeof FaultSchema>;

export const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string(),
    instance: z.string().optional().meta({ description: 'The path that was asked for' }),
    requestId: z.string().optional(),
    errors: z.array(FaultSchema).optional().meta({ description: 'Every fault found, at most 100' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' });
export type ProblemDetails = z.infer<typeof ProblemSchema>;

/** No answer lists more faults than this. */
export const MAX_FAULTS = 100;

/** The one error type that is part of the interface; whatever else is thrown is a defect and answers 500. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly faults: Fault[];
  readonly headers: Record<string, string>;

  constructor(
    code: ProblemCode,
    detail: string,
    extra: { faults?: Fault[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, { cause: extra.cause });
    this.code = code;
    this.faults = (extra.faults ?? []).slice(0, MAX_FAULTS);
    this.headers = extra.headers ?? {};
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  details(context: { instance?: string; requestId?: string } = {}): ProblemDetails {
    return {
      type: `/errors#${this.code}`,
      title: PROBLEMS[this.code].title,
      status: this.status,
      code: this.code,
      detail: this.message,
      ...context,
      ...(this.faults.length > 0 ? { errors: this.faults } : {}),
    };
  }
}

/** As `safeParse`; what is nested more deeply than the stack bears is a fault of the request, not of ours. */
export function parseSafely<S extends z.ZodType>(
  schema: S,
  data: unknown,
): z.ZodSafeParseResult<z.output<S>> | Problem {
  try {
    return schema.safeParse(data);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return new Problem('validation_failed', 'The request is nested too deeply', { cause: error });
  }
}

/** 422 with the faults found, or nothing when there are none. */
export function rejectFaults(faults: Fault[], detail = 'Some values cannot be accepted'): void {
  if (faults.length > 0) throw new Problem('validation_failed', detail, { faults });
}

/** The faults of a part of a request, as faults of the whole. */
export function under(at: string, faults: readonly Fault[]): Fault[] {
  return faults.map((fault) => ({ ...fault, pointer: `${at}${fault.pointer}` }));
}

export function notFound(what: string, id: string): Problem {
  return new Problem('not_found', `There is no ${what} ${id}`);
}

/** JSON pointer (RFC 6901) of a path of keys. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => '/' + String(key).replaceAll('~', '~0').replaceAll('/', '~1')).join('');
}

/** The faults of a failed zod parse, each at its own pointer; unknown fields are named one by one. */
export function faultsOf(error: z.ZodError, prefix: readonly PropertyKey[] = []): Fault[] {
  return error.issues.flatMap((issue) => issueFaults(issue, prefix)).slice(0, MAX_FAULTS);
}

function issueFaults(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[]): Fault[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointer([...path, key]),
      code: 'unknown_field',
      detail: `There is no field "${key}" here`,
    }));
  }
  if (issue.code === 'invalid_union') return unionFaults(issue, path);
  const code =
    issue.code === 'custom' && typeof issue.params?.['code'] === 'string' ? issue.params['code'] : issue.code;
  return [{ pointer: pointer(path), code, detail: issue.message }];
}

/** Of the branches of a union, the faults of the one that came closest are those a reader can use. */
function unionFaults(issue: z.core.$ZodIssueInvalidUnion, path: PropertyKey[]): Fault[] {
  const branches = issue.errors
    .filter((branch) => branch.length > 0)
    .sort((a, b) => depth(b) - depth(a) || a.length - b.length);
  const closest = branches[0];
  if (!closest) return [{ pointer: pointer(path), code: issue.code, detail: issue.message }];
  return closest.flatMap((inner) => issueFaults(inner, path));
}

function depth(branch: z.core.$ZodIssue[]): number {
  return Math.max(...branch.map((issue) => issue.path.length));
}
