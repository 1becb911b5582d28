/** Bodies of requests in Kubernetes' protobuf, which typed Go clients write. Answers are always JSON, which they accept too. */
export { decodeProtobuf, PROTOBUF_TYPE } from "./decode.ts";
export { MalformedMessage } from "./wire.ts";
