import { z } from "zod";
import { describeReason, EXIT, ReportedError, type ErrorMore, type ExitCode } from "../errors/mod.ts";
import { reasonSchema } from "./schemas.ts";

const findingSchema = z.looseObject({
  file: z.string(),
  path: z.string().optional(),
  code: z.string(),
  message: z.string(),
  severity: z.string().optional(),
});

/** A problem document of the hub (RFC 9457), with the members that its problems can have. */
const problemSchema = z.looseObject({
  code: z.string(),
  detail: z.string(),
  reasons: z.array(reasonSchema).optional(),
  instances: z
    .array(z.looseObject({ cluster: z.string(), namespace: z.string(), name: z.string(), reasons: z.array(reasonSchema) }))
    .optional(),
  findings: z.array(findingSchema).optional(),
  rollout: z.string().optional(),
  now: z.string().optional(),
});

export type ProblemDocument = z.infer<typeof problemSchema>;

/** What the hub answered when it did not do what it was asked to. */
export class HubProblem extends ReportedError {
  readonly status: number;
  readonly problem: ProblemDocument;

  constructor(
    status: number,
    problem: ProblemDocument,
    { details = linesOf(problem), hint = HINTS[problem.code]?.(problem), cause }: ErrorMore = {},
  ) {
    super(problem.code, exitCodeOf(status, problem.code), problem.detail, { details, ...(hint === undefined ? {} : { hint }), cause });
    this.name = "HubProblem";
    this.status = status;
    this.problem = problem;
  }

  /** The same with more to read. */
  with(details: readonly string[]): HubProblem {
    return new HubProblem(this.status, this.problem, { details: [...this.details, ...details] });
  }
}

/** Reads a problem document; undefined: the text is none. */
export function readProblem(body: unknown): ProblemDocument | undefined {
  return problemSchema.safeParse(body).data;
}

function exitCodeOf(status: number, code: string): ExitCode {
  if (status === 401 || status === 403) {
    return EXIT.notAllowed;
  }
  return code === "InvalidRequest" || code === "InvalidLabelSelector" || code === "InvalidFieldSelector" ? EXIT.usage : EXIT.error;
}

function linesOf({ reasons = [], instances = [], findings = [] }: ProblemDocument): readonly string[] {
  return [
    ...reasons.map(describeReason),
    ...instances.flatMap(({ cluster, namespace, name, reasons }) =>
      reasons.map((reason) => `${cluster}/${namespace}/${name}: ${describeReason(reason)}`),
    ),
    ...findings.map(({ file, path = "", code, message }) => `${file}${path === "" ? "" : ` ${path}`}: ${message} (${code})`),
  ];
}

/** What to do about a problem. */
const HINTS: { readonly [code: string]: (problem: ProblemDocument) => string | undefined } = {
  TargetsRefused: () => "--skip-unreachable (unreachable: Skip in the document) leaves them out",
  InstanceBusy: ({ rollout }) => (rollout === undefined ? undefined : `look at it with: portolan rollout status ${rollout}`),
};
