package dev.slipway.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The programs of shell that come with this package, written out where a shell can read them. */
final class Programs {
  private static final List<String> NAMES =
      List.of("mounts.sh", "hold.sh", "step.sh", "script.sh", "mknod.sh");

  private Programs() {}

  /** Writes those that a namespace sandbox needs to a new folder. */
  static void writeTo(Path folder) throws IOException {
    Files.createDirectory(folder);
    for (String name : NAMES) {
      Files.write(folder.resolve(name), read(name));
    }
  }

  /** The text of one. */
  static byte[] read(String name) throws IOException {
    try (InputStream in = Programs.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing in this program");
      }
      return in.readAllBytes();
    }
  }
}
