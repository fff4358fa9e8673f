package dev.slipway.sandbox;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import dev.slipway.files.os.FileTree;
import dev.slipway.files.os.OutputFile;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.Layer;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.MeasuringStream;
import dev.slipway.layer.TreeLayer;
import dev.slipway.layer.TreeNode;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.BufferedInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Keeps what scripts have left and gives it again to a run of which nothing is different: neither
 * its scripts and what they are run with, nor the tree, nor the layers below it. A program that is
 * in the store counts by its path; of this machine's, the shell alone counts.
 *
 * <p>A result is a file that is named after the digest of all that: a tar, and before it the tar's
 * digest, without which it does not count. Those that were not used for longest are deleted when
 * they take too much room.
 */
public final class RememberingSandbox implements Sandbox {
  private static final String VERSION = "slipway script 1";
  private static final String SUFFIX = ".tar";
  private static final int HASH = 32;
  private static final int BUFFER = 128 << 10;

  private final Sandbox sandbox;
  private final Path folder;
  private final String kind;
  private final Path temporary;
  private final long mostBytes;
  private final Consumer<String> warnings;

  /**
   * A sandbox that remembers.
   *
   * @param sandbox runs what is not known
   * @param kind what sort of sandbox that is: another may leave something else
   * @param folder where results are kept; it is made when there is one
   * @param temporary the folder for what a result is unpacked to
   * @param mostBytes about how much room results may take
   * @param warnings hears of what could not be kept
   */
  public RememberingSandbox(
      Sandbox sandbox,
      String kind,
      Path folder,
      Path temporary,
      long mostBytes,
      Consumer<String> warnings) {
    this.sandbox = sandbox;
    this.kind = kind;
    this.folder = folder;
    this.temporary = temporary;
    this.mostBytes = mostBytes;
    this.warnings = warnings;
  }

  @Override
  public Changeset run(ScriptRun run) throws IOException, InterruptedException {
    Path file = folder.resolve(key(run).hex() + SUFFIX);
    Optional<Changeset> known = find(file);
    if (known.isPresent()) {
      return known.get();
    }
    Changeset changeset = sandbox.run(run);
    boolean good = false;
    try {
      keep(changeset, file);
      good = true;
    } catch (IOException e) {
      warnings.accept(
          "what "
              + run.script().name()
              + " has left could not be kept in "
              + folder
              + ": "
              + e.getMessage());
      good = true;
    } finally {
      if (!good) {
        changeset.close();
      }
    }
    return changeset;
  }

  // -- What a result depends on

  private Digest key(ScriptRun run) throws IOException {
    MessageDigest digest = Digest.sha256();
    try (DataOutputStream out =
        new DataOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), digest))) {
      put(out, VERSION);
      put(out, kind);
      put(out, run.script());
      out.writeBoolean(run.afterwards().isPresent());
      if (run.afterwards().isPresent()) {
        put(out, run.afterwards().get());
      }
      switch (run.view()) {
        case View.Beside _ -> put(out, "beside");
        case View.Inside _ -> put(out, "inside");
        case View.Above above -> {
          put(out, "above");
          put(out, above.distinct().stream().map(layer -> layer.diffId().toString()).toList());
        }
      }
      put(out, run.store().map(Script.VisibleStore::storeDir).orElse(""));
      put(out, run.limits().diskBytes());
      put(out, run.limits().memoryBytes());
      put(out, run.network().name());
      out.write(digest(run.beginning()));
    }
    return Digest.ofBytes(digest.digest());
  }

  private static void put(DataOutputStream out, Script script) throws IOException {
    put(out, script.text());
    put(out, script.shell());
    put(out, script.path());
    Map<String, String> environment = new TreeMap<>(script.environment());
    put(out, List.copyOf(environment.keySet()));
    put(out, List.copyOf(environment.values()));
    Path shell = Path.of(script.shell());
    if (Files.isRegularFile(shell)) {
      FileStatus status = FileStatus.of(shell.toRealPath());
      out.writeLong(status.size());
      out.writeLong(status.modified());
    }
  }

  private static void put(DataOutputStream out, List<String> texts) throws IOException {
    out.writeInt(texts.size());
    for (String text : texts) {
      put(out, text);
    }
  }

  private static void put(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static void put(DataOutputStream out, OptionalLong number) throws IOException {
    out.writeLong(number.orElse(-1));
  }

  private static byte[] digest(TarSource tar) throws IOException {
    MessageDigest digest = Digest.sha256();
    try (WritableByteChannel out =
        Channels.newChannel(new DigestOutputStream(OutputStream.nullOutputStream(), digest))) {
      tar.writeTo(out);
    }
    return digest.digest();
  }

  // -- Results

  /** The result in {@code file}, if there is one and it is whole. */
  private Optional<Changeset> find(Path file) throws IOException, InterruptedException {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      return Optional.empty();
    }
    Path contents = Files.createTempDirectory(temporary, "slipway-result.");
    Optional<Changeset> found = Optional.empty();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
      byte[] expected = in.readNBytes(HASH);
      MeasuringStream tar = new MeasuringStream(in, file.toString(), Long.MAX_VALUE, () -> false);
      TreeNode.Directory tree =
          new ChangesetReader(contents, ChangesetReader.Lower.NONE, Optional.empty())
              .read(tar, file.toString());
      tar.transferTo(OutputStream.nullOutputStream());
      if (Arrays.equals(expected, tar.digest().toBytes())) {
        found = Optional.of(new Changeset(tree, () -> FileTree.delete(contents)));
        touch(file, expected);
      }
    } catch (ImageException | NoSuchFileException e) {
      // Damaged, or just deleted: the script runs again.
    } finally {
      if (found.isEmpty()) {
        FileTree.delete(contents);
      }
    }
    return found;
  }

  /** Has a result count as used, if it may be written to. */
  private static void touch(Path file, byte[] beginning) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(beginning), 0);
    } catch (IOException e) {
      // It is as good a result as any.
    }
  }

  private void keep(Changeset changeset, Path file) throws IOException {
    Files.createDirectories(folder);
    try (OutputFile output = OutputFile.create(file, OutputFile.Unfinished.UNTOLD);
        LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {})) {
      FileChannel channel = output.channel().position(HASH);
      Layer layer = measurer.measure(new TreeLayer(changeset.tree(), 0), channel);
      channel.write(ByteBuffer.wrap(layer.diffId().value().toBytes()), 0);
      output.commit();
    }
    makeRoom();
  }

  /** Deletes what was not used for longest, until the rest is not too much. */
  private void makeRoom() throws IOException {
    record Result(Path file, long size, FileTime used) {}
    List<Result> results = new ArrayList<>();
    for (DirectoryEntry entry : DirectoryEntry.list(folder)) {
      try {
        BasicFileAttributes found = Files.readAttributes(entry.path(), BasicFileAttributes.class);
        results.add(new Result(entry.path(), found.size(), found.lastModifiedTime()));
      } catch (NoSuchFileException e) {
        // Another has finished or deleted it.
      }
    }
    results.sort(Comparator.comparing(Result::used).reversed());
    long total = 0;
    for (Result result : results) {
      total += result.size();
      if (total > mostBytes) {
        Files.deleteIfExists(result.file());
      }
    }
  }
}
