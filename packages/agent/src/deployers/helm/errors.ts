/**
 * What can go wrong with charts and releases: one error type, a code for each thing that a person has to do something else about. Which code
 * a failed run of helm deserves is read from what it printed, and that is redacted first.
 */

/** `lasting`: the next attempt would meet it again, as long as nothing else is changed. */
const problems = {
  ChartNotFound: { lasting: true },
  ChartDigestMismatch: { lasting: true },
  ChartNotPinned: { lasting: true },
  ChartUnavailable: { lasting: false },
  ChartAccessDenied: { lasting: true },
  ChartCredentialsInvalid: { lasting: true },
  ChartServerUntrusted: { lasting: true },
  ChartInvalid: { lasting: true },
  InvalidChartReference: { lasting: true },
  TemplateFailed: { lasting: true },
  ValuesRefused: { lasting: true },
  ReleaseTooLarge: { lasting: true },
  ReleaseUnreadable: { lasting: true },
  InvalidReleaseName: { lasting: true },
  OwnedByAnotherInstance: { lasting: true },
  OwnedBySomeoneElse: { lasting: true },
  ObjectRefused: { lasting: true },
  FieldConflict: { lasting: true },
  HookFailed: { lasting: true },
  ReleaseLocked: { lasting: false },
  HelmInterrupted: { lasting: false },
  HelmFailed: { lasting: false },
  HelmNotStarted: { lasting: false },
} as const satisfies Record<string, { readonly lasting: boolean }>;

export type HelmProblem = keyof typeof problems;

export class HelmError extends Error {
  readonly code: HelmProblem;
  /** Trying again does not help. */
  readonly lasting: boolean;

  constructor(code: HelmProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "HelmError";
    this.code = code;
    this.lasting = problems[code].lasting;
  }
}

interface Sign {
  readonly code: HelmProblem;
  readonly pattern: RegExp;
  /** What a person can do, where helm does not say it. */
  readonly cure?: string;
}

/** In the order in which they are looked for: the first one that matches names the failure. */
const signs: readonly Sign[] = [
  // What `fail` and `required` say, in the chart's own words, which must not be taken for helm's.
  { code: "TemplateFailed", pattern: /(?:^|: )execution error at \(/u },
  { code: "HelmInterrupted", pattern: /context canceled|has been cancelled|signal: (?:interrupt|terminated)/u },
  {
    code: "ReleaseTooLarge",
    pattern:
      /Too long: may not be more than 1048576 bytes|Request entity too large|request is too large|trying to send message larger than max/u,
    cure: "a release is kept in one Secret of at most 1 MiB: turn off parts of the chart that are not needed, take CRDs and dashboards out of it, or split it into several services",
  },
  { code: "ReleaseLocked", pattern: /another operation \(install\/upgrade\/rollback\) is in progress/u },
  {
    code: "HookFailed",
    pattern: /(?:pre|post)-(?:install|upgrade|delete|rollback) hooks? failed|failed (?:pre|post)-(?:install|upgrade|delete)/u,
  },
  { code: "OwnedBySomeoneElse", pattern: /exists and cannot be imported into the current release/u },
  {
    code: "ValuesRefused",
    pattern: /values don't meet the specifications of the schema/u,
    cure: "the chart's values.schema.json says what it takes: change the config, the overrides, or the values of the version in the catalog",
  },
  {
    code: "TemplateFailed",
    pattern: /parse error at \(|error calling |executing "|YAML parse error on|nil pointer evaluating|can't evaluate field/u,
  },
  {
    code: "ChartNotFound",
    pattern: /chart "[^"]*" (?:matching|version|not found)|: not found|improper constraint|path "[^"]*" not found|404 Not Found/u,
  },
  {
    code: "ChartInvalid",
    pattern: /Chart\.yaml file is missing|validation: chart|chart metadata is missing|missing in charts\/ directory/u,
  },
  {
    code: "HelmFailed",
    pattern:
      /connection refused|connection reset|no such host|i\/o timeout|TLS handshake timeout|context deadline exceeded|Client\.Timeout|EOF|etcdserver|failed calling webhook|Internal error occurred|unable to handle the request|ServiceUnavailable|TooManyRequests|the object has been modified/u,
  },
  { code: "FieldConflict", pattern: /conflict occurred while applying object/u },
  {
    code: "ObjectRefused",
    pattern:
      /is invalid: |is forbidden: |denied the request|no matches for kind|field not declared in schema|unknown field|field is immutable/u,
  },
];

/** What a pull alone can meet: in other commands the same words mean something else. */
const pullSigns: readonly Sign[] = [
  {
    code: "ChartServerUntrusted",
    pattern: /x509:|tls: failed to verify/u,
    cure: "give the certificate of who vouches for the server with --chart-ca",
  },
  {
    code: "ChartServerUntrusted",
    pattern: /server gave HTTP response to HTTPS client/u,
    cure: "a registry that speaks HTTP without TLS is named with --chart-plain-http",
  },
  {
    code: "ChartAccessDenied",
    pattern: /\b40[13]\b|[Uu]nauthorized|credential not found|authentication required|requested access to the resource is denied/u,
    cure: "give credentials in a Secret of the agent's namespace with the label portolan.dev/chart-credentials",
  },
];

const longestMessage = 900;

/** Names a failed pull of a chart. What is not known to be a mistake may be the network. Pure. */
export function pullFailureOf(chart: string, printed: string): HelmError {
  const { code, message } = failureOf(`pull of ${chart}`, printed, [...pullSigns, ...signs]);
  return new HelmError(code === "HelmFailed" || code === "HelmInterrupted" ? "ChartUnavailable" : code, message);
}

/** Names a failed run of helm. `printed` is what it wrote to stderr, already redacted. Pure. */
export function failureOf(command: string, printed: string, known: readonly Sign[] = signs): HelmError {
  const text = tidy(printed);
  const sign = known.find(({ pattern }) => pattern.test(text));
  const said = text === "" ? "it said nothing" : text;
  const cure = sign?.cure === undefined ? "" : `; ${sign.cure}`;
  return new HelmError(sign?.code ?? "HelmFailed", `helm ${command}: ${said}${cure}`);
}

/** The message of helm's last error in one line, without its log and its advice to debug. */
function tidy(printed: string): string {
  const lines = printed
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(?:level=|time=|WARNING:|I\d{4} |W\d{4} |E\d{4} |Use --debug flag|Pulled:|Digest:)/u.test(line));
  const start = lines.findLastIndex((line) => line.startsWith("Error:"));
  const text = lines
    .slice(Math.max(0, start))
    .join(" ")
    .replace(/^Error: /u, "");
  return text.length > longestMessage ? `${text.slice(0, longestMessage)}…` : text;
}
