/** Who asks. */
export type User = { readonly name: string; readonly groups: readonly string[] };

/** Who asks without saying for whom. */
const ADMINISTRATOR: User = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };

/** Whether no role is needed to do anything. */
export function mayDoEverything(user: User): boolean {
  return user.groups.includes("system:masters");
}

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The user that a request is made for: its own, or the one that it impersonates. */
export function userOf(headers: Readonly<Record<string, string>>): User {
  const name = headers["impersonate-user"];
  if (name === undefined) return ADMINISTRATOR;
  const given = headers["impersonate-group"];
  const account = SERVICE_ACCOUNT.exec(name);
  // A service account is in its groups, unless others are named.
  const own = account === null ? [] : ["system:serviceaccounts", `system:serviceaccounts:${account[1]}`];
  const groups = given === undefined ? own : given.split(",").map((group) => group.trim());
  return { name, groups: [...new Set([...groups, "system:authenticated"])] };
}

/** The ServiceAccount behind a user. */
export function serviceAccountOf({ name }: User): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace, account] = SERVICE_ACCOUNT.exec(name) ?? [];
  return namespace === undefined || account === undefined ? undefined : { namespace, name: account };
}
