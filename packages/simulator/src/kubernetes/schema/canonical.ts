/** Forms that Kubernetes rewrites when it reads them: an object comes back with the canonical one. */

const BINARY: readonly (readonly [suffix: string, power: number])[] = [
  ["Ki", 1],
  ["Mi", 2],
  ["Gi", 3],
  ["Ti", 4],
  ["Pi", 5],
  ["Ei", 6],
];
const DECIMAL: readonly (readonly [suffix: string, exponent: number])[] = [
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
];

const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/;

/**
 * A quantity with the largest suffix that needs no fraction: `1000m` is `1`, `1024Mi` is `1Gi`, `0.5` is
 * `500m` (apimachinery `resource.Quantity`). What is none stays as it is, for the checks to refuse.
 */
export function canonicalQuantity(text: string): string {
  const match = QUANTITY.exec(text);
  if (match === null) return text;
  const [, sign = "", whole = "", fraction = "", suffix = ""] = match;
  if (whole === "" && fraction === "") return text;
  const digits = BigInt(`${whole}${fraction}`);
  const value = sign === "-" ? -digits : digits;
  const binary = BINARY.find(([name]) => name === suffix);
  if (binary !== undefined) return canonicalBinary(value, fraction.length, binary[1], text);
  const exponentForm = /^[eE]/.test(suffix);
  const exponent = exponentForm ? Number(suffix.slice(1)) : (DECIMAL.find(([name]) => name === suffix)?.[1] ?? 0);
  return canonicalDecimal(value, exponent - fraction.length, exponentForm);
}

function canonicalBinary(value: bigint, decimals: number, power: number, text: string): string {
  const bytes = value * 1024n ** BigInt(power);
  const scale = 10n ** BigInt(decimals);
  // A fraction of a byte cannot be written with a binary suffix.
  if (bytes % scale !== 0n) return text;
  const whole = bytes / scale;
  if (whole === 0n) return "0";
  for (const [suffix, each] of BINARY.toReversed()) {
    const unit = 1024n ** BigInt(each);
    if (whole % unit === 0n) return `${whole / unit}${suffix}`;
  }
  return String(whole);
}

function canonicalDecimal(value: bigint, exponent: number, exponentForm: boolean): string {
  if (value === 0n) return "0";
  let digits = value;
  let power = exponent;
  while (digits % 10n === 0n) {
    digits /= 10n;
    power += 1;
  }
  // The next exponent below that is a multiple of three.
  const engineering = Math.max(-9, Math.floor(power / 3) * 3);
  if (power < engineering) return String(value);
  const mantissa = digits * 10n ** BigInt(power - engineering);
  if (exponentForm) return engineering === 0 ? String(mantissa) : `${mantissa}e${engineering}`;
  const suffix = DECIMAL.find(([, each]) => each === engineering)?.[0];
  return suffix === undefined ? `${mantissa}e${engineering}` : `${mantissa}${suffix}`;
}

/** RFC 3339 in UTC with whole seconds. */
export function canonicalTime(text: string): string {
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? text : `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 in UTC with microseconds. */
export function canonicalMicroTime(text: string): string {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) return text;
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
  return `${new Date(milliseconds).toISOString().slice(0, 19)}.${fraction.padEnd(6, "0").slice(0, 6)}Z`;
}
