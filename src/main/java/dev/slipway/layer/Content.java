package dev.slipway.layer;

/** Where the bytes of a member come from. */
sealed interface Content permits Content.Bytes, SourceFile {
  /** No bytes at all. */
  Content NONE = new Bytes(new byte[0]);

  /** How many bytes there are. */
  long size();

  /** Bytes in memory, which nobody changes any more. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared; a copy would defeat its purpose.
  record Bytes(byte[] bytes) implements Content {
    @Override
    public long size() {
      return bytes.length;
    }
  }
}
