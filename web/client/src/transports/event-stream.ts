/** Reading server-sent events, as the WHATWG's HTML standard has them ("Interpreting an event stream"). */

export interface StreamEvent {
  type: string;
  data: string;
}

/** The events of each chunk as it comes; none where a chunk brought only a comment or a part of one. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent[], void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const blocks = text.split(/\r\n\r\n|\n\n|\r\r/);
    // What has no end yet waits for the rest of it.
    text = blocks.pop() ?? '';
    yield blocks.flatMap(parseEvent);
  }
}

function parseEvent(block: string): StreamEvent[] {
  let type = 'message';
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, name, value = ''] = /^(\w+)(?:: ?(.*))?$/.exec(line) ?? [];
    if (name === 'event') type = value;
    if (name === 'data') data.push(value);
  }
  return data.length > 0 ? [{ type, data: data.join('\n') }] : [];
}
