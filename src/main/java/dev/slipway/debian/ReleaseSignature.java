package dev.slipway.debian;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Says whether a release is Debian's: {@code gpgv} checks its signature. Where that or the keys are
 * not there, what a server says that proves who it is is taken, with a warning.
 *
 * @param keyring the file with Debian's keys, in OpenPGP's form; empty to check nothing
 * @param gpgv the program
 * @param clock tells whether a release is out of date
 * @param warnings hears what is not checked, and what is out of date
 */
public record ReleaseSignature(
    Optional<Path> keyring, Path gpgv, InstantSource clock, Consumer<String> warnings) {
  /** Where Debian's packages put the keys. */
  public static final Path KEYRING = Path.of("/usr/share/keyrings/debian-archive-keyring.gpg");

  /** Where Debian's packages put the program. */
  public static final Path GPGV = Path.of("/usr/bin/gpgv");

  private static final long SECONDS = 60;
  private static final byte[] SIGNED =
      "-----BEGIN PGP SIGNED MESSAGE-----".getBytes(StandardCharsets.US_ASCII);

  /** What gpgv says for programs to read (GnuPG's DETAILS, "Format of the --status-fd output"). */
  private static final String STATUS = "[GNUPG:] ";

  /**
   * What was signed.
   *
   * @param signed it with its signature
   * @throws ImageException if the signature is not one of the keys', or cannot be checked where it
   *     must
   */
  byte[] content(DebianMirror mirror, String path, byte[] signed, Path temporary)
      throws IOException, InterruptedException {
    // Of the other forms of OpenPGP some are compressed, and grow before anything is checked.
    if (!Arrays.equals(
        signed, 0, Math.min(signed.length, SIGNED.length), SIGNED, 0, SIGNED.length)) {
      throw new ImageException(mirror.name(path) + ": expected a text with its signature");
    }
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
    Path said = Files.createTempFile(temporary, "release-", ".status");
    Path complaints = Files.createTempFile(temporary, "release-", ".log");
    try {
      Files.write(file, signed);
      Process process =
          new ProcessBuilder(
                  List.of(
                      gpgv.toString(),
                      "--status-fd",
                      "1",
                      "--weak-digest",
                      "SHA1",
                      "--keyring",
                      keyring.get().toAbsolutePath().toString(),
                      "--output",
                      content + ".out",
                      file.toString()))
              .redirectOutput(said.toFile())
              .redirectError(complaints.toFile())
              .start();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(gpgv + ": did not end within " + SECONDS + " seconds");
      }
      Optional<String> fault = fault(Files.readAllLines(said), Files.readAllLines(complaints));
      if (fault.isPresent()) {
        throw new ImageException(
            "%s: not signed with a key of %s: %s"
                .formatted(mirror.name(path), keyring.get(), fault.get()));
      }
      return Files.readAllBytes(Path.of(content + ".out"));
    } finally {
      for (Path each : List.of(file, content, said, complaints, Path.of(content + ".out"))) {
        Files.deleteIfExists(each);
      }
    }
  }

  /**
   * What is wrong if none of the keys has signed it. Others may have, too: those of a release that
   * is newer than the keyring are not in it. Keys that have expired or were revoked do not count,
   * and there must be one text only.
   */
  private static Optional<String> fault(List<String> status, List<String> complaints) {
    Set<String> said =
        status.stream()
            .filter(line -> line.startsWith(STATUS))
            .map(line -> line.substring(STATUS.length()).split(" ", 2)[0])
            .collect(Collectors.toSet());
    if (said.containsAll(Set.of("GOODSIG", "VALIDSIG"))
        && Collections.disjoint(said, Set.of("BADSIG", "ERROR"))) {
      return Optional.empty();
    }
    if (said.contains("EXPKEYSIG") || said.contains("REVKEYSIG")) {
      return Optional.of("the key has expired or was revoked");
    }
    return Optional.of(complaints.isEmpty() ? "no reason" : complaints.getLast());
  }

  /**
   * Warns if a release is older than it should be when it is used.
   *
   * @param date until when it is for use; empty for ever
   * @throws ImageException if that is no date
   */
  void until(String path, String date) throws ImageException {
    if (date.isEmpty()) {
      return;
    }
    try {
      Instant until =
          Instant.from(
              DateTimeFormatter.RFC_1123_DATE_TIME.parse(date.replaceFirst("UTC$", "GMT")));
      if (clock.instant().isAfter(until)) {
        warnings.accept("%s is out of date since %s".formatted(path, date));
      }
    } catch (DateTimeException e) {
      throw new ImageException(path + ": expected a date, found '" + date + "'", e);
    }
  }
}
