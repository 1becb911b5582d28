/** What people who write catalogs do with a folder of them: check it, plan and render with it (without a hub or a cluster), and publish it. */
export { lint } from "./lint.ts";
export { planOffline } from "./plan.ts";
export { publish, withdraw } from "./publish.ts";
export { render } from "./render.ts";
