/** The API as HTTP: paths, parameters, media types, streams. What the requests do is in `endpoints/`. */
export { handleRequest, type HandlerContext } from "./handler.ts";
export { jsonResponse } from "./response.ts";
export { listen, type Listening, type ListenOptions } from "./server.ts";
