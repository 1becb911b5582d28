/** Fleet upgrades from the command line: started, looked at, watched while they run, and aborted. */
export { abortUpgrade, showStatus, startUpgrade } from "./commands.ts";
