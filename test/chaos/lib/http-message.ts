/** Cuts HTTP/1.1 messages with a Content-Length out of a stream of bytes: all that agents, proxy and server send each other here. */

export interface Message {
  /** The whole message, head and body. */
  bytes: Buffer;
  /** The first line: `POST /path HTTP/1.1` or `HTTP/1.1 200 OK`. */
  firstLine: string;
  body: Buffer;
  /** What came after it. */
  rest: Buffer;
}

const headEnd = Buffer.from('\r\n\r\n');
const lengthHeader = /\r\ncontent-length: *(\d+)/i;

/** @returns null until the message is complete */
export function firstMessage(bytes: Buffer): Message | null {
  const end = bytes.indexOf(headEnd);
  if (end < 0) return null;
  const head = bytes.toString('latin1', 0, end);
  const length = Number(lengthHeader.exec(head)?.[1] ?? 0);
  const total = end + headEnd.length + length;
  if (bytes.length < total) return null;
  return {
    bytes: bytes.subarray(0, total),
    firstLine: head.split('\r\n', 1)[0] ?? '',
    body: bytes.subarray(end + headEnd.length, total),
    rest: bytes.subarray(total),
  };
}
