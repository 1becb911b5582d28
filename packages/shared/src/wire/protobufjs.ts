/**
 * The protobufjs runtime with 64-bit integers as numbers.
 *
 * protobufjs gives them as Long objects whenever the package `long` can be loaded, and that is its own dependency. The generated code
 * imports the runtime from here, because it takes its default values from it at load time: also those must be numbers.
 */
import protobuf from "protobufjs/minimal.js";

Reflect.set(protobuf.util, "Long", undefined);
protobuf.configure();

export default protobuf;
