package dev.slipway.debian;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Says whether a release is Debian's: {@code gpgv} checks its signature. Where that or the keys are
 * not there, what a server says that proves who it is is taken, with a warning.
 *
 * @param keyring the file with Debian's keys, in OpenPGP's form; empty to check nothing
 * @param gpgv the program
 * @param warnings hears what is not checked
 */
public record ReleaseSignature(Optional<Path> keyring, Path gpgv, Consumer<String> warnings) {
  /** Where Debian's packages put the keys. */
  public static final Path KEYRING = Path.of("/usr/share/keyrings/debian-archive-keyring.gpg");

  /** Where Debian's packages put the program. */
  public static final Path GPGV = Path.of("/usr/bin/gpgv");

  private static final long SECONDS = 60;

  /**
   * What was signed.
   *
   * @param signed it with its signature
   * @throws ImageException if the signature is not one of the keys', or cannot be checked where it
   *     must
   */
  byte[] content(DebianMirror mirror, String path, byte[] signed, Path temporary)
      throws IOException, InterruptedException {
    if (keyring.isEmpty()) {
      return DebianRelease.unsigned(signed);
    }
    if (!Files.exists(keyring.get()) || !Files.isExecutable(gpgv)) {
      String missing = Files.exists(keyring.get()) ? gpgv.toString() : keyring.get().toString();
      if (!mirror.isPrivate(path)) {
        throw new ImageException(
            "%s: its signature cannot be checked without %s, and the way there is not private"
                .formatted(mirror.name(path), missing));
      }
      warnings.accept("without " + missing + " the signature of " + path + " is not checked");
      return DebianRelease.unsigned(signed);
    }
    Path file = Files.createTempFile(temporary, "release-", "");
    Path content = Files.createTempFile(temporary, "release-", ".content");
    Path said = Files.createTempFile(temporary, "release-", ".log");
    try {
      Files.write(file, signed);
      Process process =
          new ProcessBuilder(
                  List.of(
                      gpgv.toString(),
                      "--keyring",
                      keyring.get().toAbsolutePath().toString(),
                      "--output",
                      content + ".out",
                      file.toString()))
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(gpgv + ": did not end within " + SECONDS + " seconds");
      }
      if (process.exitValue() != 0) {
        List<String> lines = Files.readString(said, StandardCharsets.UTF_8).lines().toList();
        throw new ImageException(
            "%s: not signed with a key of %s: %s"
                .formatted(
                    mirror.name(path),
                    keyring.get(),
                    lines.isEmpty() ? "no reason" : lines.getLast()));
      }
      return Files.readAllBytes(Path.of(content + ".out"));
    } finally {
      for (Path each : List.of(file, content, said, Path.of(content + ".out"))) {
        Files.deleteIfExists(each);
      }
    }
  }
}
