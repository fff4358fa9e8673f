package dev.slipway.files;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** A form in which a file tree can lie in a single file. Equal forms give equal bytes. */
public interface TreeForm {
  /**
   * Begins such a file. It is whole when the tree's root is.
   *
   * @param path the absolute path that the tree is known by in it
   * @param out the file, which stays open
   * @return takes the tree; throws {@link UnfitException} if it cannot have this form
   */
  TreeSink begin(String path, WritableByteChannel out);

  /**
   * A tree of this form.
   *
   * @param file where it lies
   * @param nodes how many files, directories and links it has
   */
  record Formed(Path file, long nodes) {}

  /** A tree cannot have this form; as files it can be had all the same. */
  final class UnfitException extends IOException {
    private static final long serialVersionUID = 1L;

    /** With the reason. */
    public UnfitException(String message) {
      super(message);
    }
  }
}
