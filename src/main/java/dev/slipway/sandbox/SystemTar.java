package dev.slipway.sandbox;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;

/** The system's {@code tar}. */
public final class SystemTar {
  private SystemTar() {}

  /**
   * Makes the files of a tar in {@code folder}, with their modes, owned by the caller. This is left
   * to the system's {@code tar}, because the JDK cannot make a link whose target has two slashes in
   * a row or one at its end.
   *
   * @throws IOException if that fails
   * @throws InterruptedException if the wait for it is interrupted
   */
  public static void unpack(TarSource source, Path folder)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder("tar", "-xpf", "-", "--no-same-owner", "-C", folder.toString())
            .redirectErrorStream(true);
    // Variables like TAR_OPTIONS would make it do something else for some callers.
    builder.environment().keySet().retainAll(Set.of("PATH"));
    Process tar = builder.start();
    Unpacking unpacking = Unpacking.of(source, tar, tar.inputReader(StandardCharsets.UTF_8));
    if (!unpacking.whole()) {
      throw new ImageException(
          "tar could not make the files of a layer in " + folder + ": " + reason(unpacking));
    }
  }

  /** What tar said last, but for the line that says that it has said something. */
  private static String reason(Unpacking unpacking) {
    for (String line : unpacking.said().reversed()) {
      if (!line.isBlank() && !line.contains("xiting")) {
        return line.strip();
      }
    }
    return "exit status " + unpacking.status();
  }
}
