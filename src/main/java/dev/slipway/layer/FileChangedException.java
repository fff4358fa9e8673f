package dev.slipway.layer;

import dev.slipway.oci.ImageException;
import java.nio.file.Path;

/** A file is not, or no longer, what its layer has announced. */
public final class FileChangedException extends ImageException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;

  FileChangedException(Path file, String what) {
    super(file + " " + what + " while the layer was made");
    this.file = file;
  }

  /** The file. */
  public Path file() {
    return file;
  }
}
