import type { ContractCase } from "../contract-case.ts";
import { get } from "./requests.ts";

/** What there is. The embedded API serves less than a real server; what it serves is described the same. */
export const discoveryCases: readonly ContractCase[] = [
  {
    name: "versions and groups",
    steps: [
      get("/version", 200, { ignore: ["gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform"] }),
      get("/api", 200, { ignore: ["serverAddressByClientCIDRs"] }),
      get("/apis/apps", 200),
      get("/apis/nothing.example.com", 404),
      get("/apis/apps/v9", 404),
    ],
  },
];
