/**
 * Real servers as child processes: started with their log in a file, ended by pid, killed when this
 * process ends in any way. What a server is and when it is ready is not known here.
 */
export { freePort } from "./free-port.ts";
export {
  ServerProcessNotStarted,
  startServerProcess,
  type ProcessExit,
  type ServerProcess,
  type ServerProcessOptions,
} from "./server-process.ts";
