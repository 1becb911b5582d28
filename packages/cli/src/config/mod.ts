/** The config file: which hubs a person works with, by name, as kubectl's contexts are. */
export { deleteContext, getContexts, setContext, showConfig, showCurrentContext, useContext } from "./commands.ts";
export { configPath, readConfig } from "./config-file.ts";
export { serverFor, type ServerChoice } from "./server.ts";
