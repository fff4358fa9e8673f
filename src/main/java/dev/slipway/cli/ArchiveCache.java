package dev.slipway.cli;

import dev.slipway.files.os.OutputFile;
import dev.slipway.layer.HashingChannel;
import dev.slipway.layer.MeasuringStream;
import dev.slipway.layer.TarWriter;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Files that were fetched, by their hashes and by what was asked for: a hash that somebody forgot
 * to change must not lead to something else. What is damaged is taken for absent, and of too much
 * the oldest goes.
 */
final class ArchiveCache {
  private final Path folder;
  private final String suffix;
  private final long mostBytes;
  private final OutputFile.Unfinished unfinished;

  /**
   * A cache in {@code folder}, which need not be there.
   *
   * @param suffix what names in it end in
   * @param mostBytes how large all of it may be, but for what was added last
   * @param unfinished hears of files that are not whole yet
   */
  ArchiveCache(Path folder, String suffix, long mostBytes, OutputFile.Unfinished unfinished) {
    this.folder = folder;
    this.suffix = suffix;
    this.mostBytes = mostBytes;
    this.unfinished = unfinished;
  }

  /** Whether something can be put here. */
  boolean isWritable() {
    try {
      Files.createDirectories(folder);
    } catch (IOException _) {
      return false;
    }
    return Files.isWritable(folder);
  }

  /**
   * Where the file lies; empty if it is not here.
   *
   * @param asked what it is the answer to
   * @throws IOException if it cannot be read
   */
  Optional<Path> find(Digest hash, String asked) throws IOException {
    Path file = file(hash, asked);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try (InputStream in = Files.newInputStream(file)) {
      MeasuringStream measured =
          new MeasuringStream(in, file.toString(), Long.MAX_VALUE, () -> false);
      measured.transferTo(OutputStream.nullOutputStream());
      if (measured.digest().equals(hash)) {
        return Optional.of(file);
      }
    }
    Files.deleteIfExists(file);
    return Optional.empty();
  }

  /**
   * Puts a file here, if it has this hash.
   *
   * @param asked what it is the answer to
   * @return where it lies
   * @throws DigestMismatchException if it has another hash; then nothing is kept
   * @throws IOException if it cannot be produced or written
   */
  Path add(Digest hash, String asked, TarWriter.Source archive) throws IOException {
    Files.createDirectories(folder);
    Path file = file(hash, asked);
    try (OutputFile output = OutputFile.create(file, unfinished)) {
      try {
        HashingChannel hashed = new HashingChannel(output.channel());
        archive.writeTo(hashed);
        Digest actual = hashed.digest();
        if (!actual.equals(hash)) {
          throw new DigestMismatchException(asked, hash, actual);
        }
        output.commit();
      } catch (IOException e) {
        throw output.explain(e);
      }
    }
    shrink(file);
    return file;
  }

  private Path file(Digest hash, String asked) {
    String question = Digest.of(asked.getBytes(StandardCharsets.UTF_8)).hex();
    return folder.resolve(hash.hex() + "-" + question.substring(0, 16) + suffix);
  }

  private record Kept(Path file, FileTime since, long size) {}

  private void shrink(Path newest) throws IOException {
    List<Kept> kept = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + suffix)) {
      for (Path file : files) {
        if (!file.equals(newest)) {
          try {
            kept.add(new Kept(file, Files.getLastModifiedTime(file), Files.size(file)));
          } catch (NoSuchFileException _) {
            // Another process has been faster.
          }
        }
      }
    }
    kept.sort(Comparator.comparing(Kept::since));
    long total = Files.size(newest) + kept.stream().mapToLong(Kept::size).sum();
    for (Kept oldest : kept) {
      if (total <= mostBytes) {
        return;
      }
      Files.deleteIfExists(oldest.file());
      total -= oldest.size();
    }
  }
}
