package dev.slipway.layer;

import dev.slipway.files.FileStatus;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Path;

/** Where the bytes of a member come from. */
public sealed interface Content permits Content.Bytes, SourceFile {
  /** No bytes at all. */
  Content NONE = new Bytes(new byte[0]);

  /** How many bytes there are. */
  long size();

  /** A copy of these bytes. */
  static Content of(byte[] bytes) {
    return new Bytes(bytes.clone());
  }

  /**
   * What the file {@code path} holds now; should it change before it is written, writing fails.
   *
   * @throws IOException if it is no regular file or cannot be looked at
   */
  static Content of(Path path) throws IOException {
    FileStatus status = FileStatus.of(path);
    if (status.kind() != FileStatus.Kind.REGULAR) {
      throw new ImageException(path + " is not a regular file");
    }
    return new SourceFile(path, status.size(), status.modified());
  }

  /** Bytes in memory, which nobody changes any more. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared; a copy would defeat its purpose.
  record Bytes(byte[] bytes) implements Content {
    @Override
    public long size() {
      return bytes.length;
    }
  }
}
