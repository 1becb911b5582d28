/** Who tells a person what the demo does. The story does not know how it is shown. */
import type { HubEvent, HubInstance } from "../hub-client.ts";

export interface Narrator {
  /** A new chapter begins. */
  chapter(title: string): void;
  /** One fact. */
  say(text: string): void;
  /** The fleet as it is now; called at every change. */
  fleet(instances: readonly HubInstance[]): void;
  /** Something happened in a cluster. */
  happened(event: HubEvent): void;
  /** Which service of the fleet is being looked at, and where it is going; undefined: nothing moves. */
  focus(service: string, target: string | undefined): void;
  end(): void;
}
