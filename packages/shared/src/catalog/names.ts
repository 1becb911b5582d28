/** DNS-1123 label: what a Kubernetes object may be called where its name becomes part of a host name. */
const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Whether a name is a DNS-1123 label: up to 63 lower-case letters, digits and hyphens, a letter or digit at both ends. */
export function isDnsLabel(name: string): boolean {
  return DNS_LABEL.test(name);
}
