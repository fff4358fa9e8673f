package dev.slipway.transport;

import dev.slipway.files.os.FileTree;
import dev.slipway.files.os.LockFile;
import dev.slipway.files.os.OutputFile;
import dev.slipway.oci.CompactJson;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.MediaType;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * An OCI layout in a folder, to which images are added. What it has stays; an image of the same
 * name is replaced. New blobs lie aside until the images are whole, and the index is replaced in
 * one step, under a lock that other processes respect. What a process that was killed left is
 * removed by the next.
 */
final class LayoutDestination implements Destination, Closeable {
  private static final String REF_NAME = "org.opencontainers.image.ref.name";
  private static final String BLOBS = "blobs/sha256";
  private static final String LAYOUT = "oci-layout";
  private static final String STAGING = ".slipway-";
  private static final String INDEX = "index.json";
  private static final byte[] LAYOUT_CONTENT =
      CompactJson.write(JsonObject.EMPTY.with("imageLayoutVersion", "1.0.0"));
  private static final int BUFFER = 256 << 10;

  private final Path folder;
  private final Path staging;
  private final LockFile held;
  private final boolean fresh;
  private final OutputFile.Unfinished unfinished;
  private final Set<Digest> present = ConcurrentHashMap.newKeySet();
  private final Set<Digest> staged = ConcurrentHashMap.newKeySet();

  private LayoutDestination(
      Path folder, Path staging, LockFile held, boolean fresh, OutputFile.Unfinished unfinished) {
    this.folder = folder;
    this.staging = staging;
    this.held = held;
    this.fresh = fresh;
    this.unfinished = unfinished;
  }

  /**
   * The layout in {@code folder}, which is made if there is none.
   *
   * @param unfinished hears of what is to be removed should it not be finished
   * @throws ImageException if something else is there
   */
  static LayoutDestination open(Path folder, OutputFile.Unfinished unfinished) throws IOException {
    boolean fresh = !Files.exists(folder, LinkOption.NOFOLLOW_LINKS);
    Files.createDirectories(folder);
    if (!Files.exists(folder.resolve(LAYOUT)) && !isEmpty(folder)) {
      throw new ImageException(
          folder + ": expected an OCI layout, or an empty folder to make one in");
    }
    String suffix = Long.toHexString(RandomGenerator.getDefault().nextLong());
    Path staging = folder.resolve(STAGING + suffix + ".tmp");
    try (LockFile lock = LockFile.openDirectory(folder)) {
      // Whoever sees the new folder sees that it is held.
      lock.lockExclusive();
      removeStale(folder);
      unfinished.add(staging);
      Files.createDirectory(staging);
      LockFile held = LockFile.openDirectory(staging);
      held.lockExclusive();
      return new LayoutDestination(folder, staging, held, fresh, unfinished);
    }
  }

  /** Removes what is held by no living process. */
  private static void removeStale(Path folder) throws IOException {
    try (DirectoryStream<Path> others = Files.newDirectoryStream(folder, STAGING + "*.tmp")) {
      for (Path other : others) {
        if (!Files.isDirectory(other, LinkOption.NOFOLLOW_LINKS)) {
          continue;
        }
        try (LockFile lock = LockFile.openDirectory(other)) {
          if (lock.tryLockExclusive()) {
            FileTree.delete(other);
          }
        } catch (IOException _) {
          // Another user's, or it has gone meanwhile.
        }
      }
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        // Another process may be making a layout here, too.
        if (!entry.getFileName().toString().startsWith(STAGING)
            && !entry.getFileName().toString().equals("blobs")) {
          return false;
        }
      }
    }
    return true;
  }

  private Path blob(Digest digest) {
    return folder.resolve(BLOBS).resolve(digest.hex());
  }

  @Override
  public boolean has(Descriptor blob) throws IOException {
    Digest digest = blob.digest();
    if (staged.contains(digest) || present.contains(digest)) {
      return true;
    }
    Path file = blob(digest);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) != blob.size()) {
      return false;
    }
    // What is damaged is replaced.
    MessageDigest hash = Digest.sha256();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[BUFFER];
      int count;
      while ((count = in.read(buffer)) > 0) {
        hash.update(buffer, 0, count);
      }
    }
    boolean whole = Digest.ofBytes(hash.digest()).equals(digest);
    if (whole) {
      present.add(digest);
    }
    return whole;
  }

  @Override
  public void put(Descriptor blob, ReadableBlob bytes) throws IOException {
    Path place = staging.resolve(blob.digest().hex());
    if (bytes instanceof ReadableBlob.OfFile(Path file)) {
      sync(file);
      Files.move(file, place, StandardCopyOption.ATOMIC_MOVE);
    } else {
      copy(blob, bytes, place);
    }
    staged.add(blob.digest());
  }

  private static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private static void copy(Descriptor blob, ReadableBlob bytes, Path place) throws IOException {
    MessageDigest hash = Digest.sha256();
    Path written = place.resolveSibling(place.getFileName() + ".part");
    try (InputStream in = bytes.open(0);
        FileChannel out =
            FileChannel.open(
                written,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
      byte[] buffer = new byte[BUFFER];
      int count;
      while ((count = in.read(buffer)) > 0) {
        hash.update(buffer, 0, count);
        ByteBuffer part = ByteBuffer.wrap(buffer, 0, count);
        while (part.hasRemaining()) {
          out.write(part);
        }
      }
      out.force(true);
    }
    Digest digest = Digest.ofBytes(hash.digest());
    if (!digest.equals(blob.digest())) {
      throw new DigestMismatchException("a blob that is copied", blob.digest(), digest);
    }
    Files.move(written, place, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public Path spool() {
    return staging;
  }

  /** An entry of the index. */
  record Listed(Optional<String> name, Descriptor descriptor) {}

  /** Makes all that was put here, and these images, part of the layout. */
  void commit(List<Listed> images) throws IOException {
    Files.createDirectories(folder.resolve(BLOBS));
    for (Digest digest : staged) {
      Files.move(staging.resolve(digest.hex()), blob(digest), StandardCopyOption.ATOMIC_MOVE);
    }
    syncDirectory(folder.resolve(BLOBS));
    try (LockFile lock = LockFile.openDirectory(folder)) {
      lock.lockExclusive();
      if (!Files.exists(folder.resolve(LAYOUT))) {
        write(LAYOUT, LAYOUT_CONTENT);
      }
      write(INDEX, index(images));
    }
  }

  private static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private void write(String name, byte[] content) throws IOException {
    Path written = staging.resolve(name);
    try (FileChannel out =
        FileChannel.open(written, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      ByteBuffer rest = ByteBuffer.wrap(content);
      while (rest.hasRemaining()) {
        out.write(rest);
      }
      out.force(true);
    }
    unfinished.publish(written, folder.resolve(name));
    syncDirectory(folder);
  }

  /** The index that there is, with these images in it. */
  private byte[] index(List<Listed> images) throws IOException {
    Path file = folder.resolve(INDEX);
    JsonObject index =
        JsonObject.EMPTY
            .with("schemaVersion", JsonNumber.of(2))
            .with("mediaType", MediaType.OCI_INDEX.value());
    List<JsonValue> manifests = new ArrayList<>();
    if (Files.exists(file)) {
      JsonValue found;
      try (InputStream in = Files.newInputStream(file)) {
        found = Json.parse(in, file.toString(), JsonLimits.FOREIGN);
      }
      if (!(found instanceof JsonObject object)) {
        throw new ImageException(file + ": expected an object, found " + found.kind());
      }
      index = object;
      if (index.get("manifests") instanceof JsonArray list) {
        manifests.addAll(list.elements());
      }
    }
    for (Listed image : images) {
      manifests.removeIf(entry -> isReplaced(entry, image));
      manifests.add(image.descriptor().toJson());
    }
    return CompactJson.write(index.with("manifests", new JsonArray(manifests)));
  }

  private static boolean isReplaced(JsonValue entry, Listed image) {
    if (!(entry instanceof JsonObject descriptor)) {
      return false;
    }
    Optional<String> name =
        descriptor.get("annotations") instanceof JsonObject annotations
                && annotations.get(REF_NAME) instanceof JsonString text
            ? Optional.of(text.value())
            : Optional.empty();
    return name.equals(image.name())
        && (name.isPresent()
            || new JsonString(image.descriptor().digest().toString())
                .equals(descriptor.get("digest")));
  }

  /** Removes what was not made part of the layout. */
  @Override
  public void close() throws IOException {
    try (held) {
      FileTree.delete(staging);
    }
    unfinished.delete(staging);
    if (fresh && !Files.exists(folder.resolve(LAYOUT))) {
      removeIfEmpty(folder);
    }
  }

  private static void removeIfEmpty(Path folder) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      if (entries.iterator().hasNext()) {
        return;
      }
    }
    Files.deleteIfExists(folder);
  }
}
