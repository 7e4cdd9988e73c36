/** A channel of short texts. `receive` and `gap` are called for as long as it is open. */
export interface TextChannel {
  send(text: string): Promise<void>;
  close(): Promise<void>;
}

export interface ChannelHandlers {
  receive(text: string): void;
  gap(): void;
}
