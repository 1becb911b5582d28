import { WireError } from "@portolan/shared/wire";

/** The first of several encodings, the best one first, that is within what may be sent. @throws WireError of the last one */
export function firstFitting<T>([encode, ...others]: readonly [() => T, ...(() => T)[]]): T {
  try {
    return encode();
  } catch (error) {
    const [next, ...rest] = others;
    if (!(error instanceof WireError) || next === undefined) throw error;
    return firstFitting([next, ...rest]);
  }
}
