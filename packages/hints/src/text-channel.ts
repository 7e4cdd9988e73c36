/** A channel of short texts. It calls `receive` and `gap` until it is closed. */
export interface TextChannel {
  send(text: string): Promise<void>;
  close(): Promise<void>;
}

/** The callbacks of a channel. `gap`: texts may have been lost. */
export interface ChannelHandlers {
  receive(text: string): void;
  gap(): void;
}
