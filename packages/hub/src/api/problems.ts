/** Every error that a client of the API can meet, once: its stable code, its HTTP status and its title (RFC 9457). */
const PROBLEMS = {
  InvalidRequest: { status: 400, title: "The request does not fit the API's schema" },
  InvalidLabelSelector: { status: 400, title: "The label selector cannot be read" },
  InvalidFieldSelector: { status: 400, title: "The field selector cannot be read" },
  InvalidContinue: { status: 400, title: "The continue token was not given by this list" },
  NotFound: { status: 404, title: "There is nothing under this path" },
  UnknownCluster: { status: 404, title: "There is no such cluster in the fleet" },
  UnknownInstance: { status: 404, title: "There is no such instance in the fleet" },
  UnknownService: { status: 404, title: "No cluster of the fleet has this service" },
  UnknownVersion: { status: 404, title: "No cluster of the fleet knows this version" },
  UnknownRollout: { status: 404, title: "There is no such rollout" },
  UnknownTarget: { status: 404, title: "The rollout has no such target" },
  UnknownCatalog: { status: 404, title: "There is no such catalog" },
  AvailabilityUnknown: { status: 404, title: "The agent has not said yet which versions are available" },
  Unreachable: { status: 409, title: "The version cannot be reached" },
  InstanceBusy: { status: 409, title: "An instance belongs to another open rollout" },
  NotAllowed: { status: 403, title: "This is not for everybody to decide" },
  WrongPhase: { status: 409, title: "The rollout is in a phase in which this means nothing" },
  ApprovalExpired: { status: 409, title: "The time to decide about the wave is over" },
  RolloutExists: { status: 409, title: "There is such a rollout already, and it has begun" },
  StaleCheck: { status: 409, title: "The check that was agreed to is not the newest one" },
  VersionRetracted: { status: 409, title: "The version was retracted" },
  TargetsRefused: { status: 409, title: "Some targets cannot be brought there" },
  NothingToDo: { status: 409, title: "There is nothing that this would change" },
  NotUndoable: { status: 409, title: "This rollout cannot be undone" },
  Conflict: { status: 409, title: "Somebody else changed it at the same time" },
  CommandExpired: { status: 409, title: "It came later than it was to be done" },
  TooManyCatalogs: { status: 409, title: "The fleet has as many catalogs as it may" },
  ContinueExpired: { status: 410, title: "What the continue token names is gone" },
  PreconditionFailed: { status: 412, title: "It is not what If-Match says" },
  TooLarge: { status: 413, title: "The request is too large" },
  CatalogTooLarge: { status: 422, title: "The catalog is too large to be published" },
  CatalogInvalid: { status: 422, title: "The catalog has errors" },
  OverlappingWaves: { status: 422, title: "Two waves choose the same cluster" },
  NoWave: { status: 422, title: "There are clusters that no wave takes" },
  SpecTooLarge: { status: 422, title: "The document is too large" },
  IntentDocumentTooLarge: { status: 422, title: "A cluster cannot be told so much at once" },
  UnknownRole: { status: 422, title: "Nobody has the role that a wave asks for" },
  EmptySelection: { status: 422, title: "The selector chooses nothing" },
  IdempotencyKeyReused: { status: 422, title: "Another request had this Idempotency-Key" },
  Internal: { status: 500, title: "The hub failed" },
  NotReadYet: { status: 503, title: "The hub has not read this yet" },
  Unavailable: { status: 503, title: "The hub cannot store anything now" },
} as const satisfies { readonly [code: string]: { readonly status: number; readonly title: string } };

export type ProblemCode = keyof typeof PROBLEMS;

/** Ends a request with a problem document. */
export class Problem extends Error {
  readonly code: ProblemCode;
  /** Further members of the problem document. */
  readonly members: { readonly [name: string]: unknown };

  constructor(code: ProblemCode, detail: string, members: { readonly [name: string]: unknown } = {}) {
    super(detail);
    this.name = "Problem";
    this.code = code;
    this.members = members;
  }
}

/** Why something was refused, with all that is said of it. */
export function problemFrom({ code, message, ...members }: { readonly code: ProblemCode; readonly message: string }): Problem {
  return new Problem(code, message, members);
}

/** The problem document of RFC 9457, with a stable `code`. */
function problemDocument({ code, message, members }: Problem): object {
  const { status, title } = PROBLEMS[code];
  return { type: `https://portolan.dev/problems/${code}`, title, status, code, detail: message, ...members };
}

export function problemResponse(problem: Problem): Response {
  return new Response(JSON.stringify(problemDocument(problem)), {
    status: PROBLEMS[problem.code].status,
    headers: { "content-type": "application/problem+json" },
  });
}
