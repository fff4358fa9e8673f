package dev.slipway.sandbox;

import dev.slipway.files.RawName;
import dev.slipway.layer.Layer;
import dev.slipway.layer.MeasuringStream;
import dev.slipway.layer.OverlayLayer;
import dev.slipway.layer.TarMember;
import dev.slipway.layer.TarReader;
import dev.slipway.layer.TreeNode;
import dev.slipway.oci.DiffId;
import dev.slipway.oci.ImageException;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Moves trees into a namespace and out of it, with the system's {@code tar}: in there alone all
 * files can be made and read, whoever they belong to. It sees nothing but the tree.
 */
final class TreeSteps {
  static final List<String> UNPACK =
      List.of(
          "tar",
          "--extract",
          "--file=-",
          "--preserve-permissions",
          "--same-owner",
          "--numeric-owner",
          "--xattrs",
          "--xattrs-include=*",
          "--delay-directory-restore");

  static final List<String> PACK =
      List.of(
          "tar",
          "--create",
          "--file=-",
          "--format=posix",
          "--pax-option=delete=atime,delete=ctime",
          "--mtime=@0",
          "--numeric-owner",
          "--xattrs",
          "--xattrs-include=*",
          ".");

  /** What tar says of each socket, behind its own name and the file's. */
  private static final String SOCKET = ": socket ignored";

  /** Prints the names in its input that there are: behind a d if it is a directory, else an o. */
  private static final List<String> KINDS =
      List.of(
          "xargs",
          "-0",
          "-r",
          "sh",
          "-c",
          """
          for at; do
            if [ -L "$at" ]; then printf 'o%s\\0' "$at"
            elif [ -d "$at" ]; then printf 'd%s\\0' "$at"
            elif [ -e "$at" ]; then printf 'o%s\\0' "$at"
            fi
          done
          """,
          "sh");

  private final Namespace namespace;
  private final Map<String, String> told;
  private final String opaqueAttribute;
  private final Optional<String> deviceMark;

  /**
   * @param told what programs are told, of the tree and the layers below it
   * @param opaqueAttribute what overlayfs takes for the mark of an opaque directory in there
   * @param deviceMark begins files that stand for device nodes, if no nodes can be made in there
   */
  TreeSteps(
      Namespace namespace,
      Map<String, String> told,
      String opaqueAttribute,
      Optional<String> deviceMark) {
    this.deviceMark = deviceMark;
    this.namespace = namespace;
    this.told = told;
    this.opaqueAttribute = opaqueAttribute;
  }

  /**
   * Makes the files of a tar in the directory {@code tree}.
   *
   * @throws ImageException if the tar program cannot make one of them
   * @throws IOException if the tar cannot be read
   */
  void unpack(TarSource source, Path tree) throws IOException, InterruptedException {
    Process tar = start(UNPACK, Map.of("TREE", tree.toString(), "LOWER", ""));
    Unpacking unpacking = Unpacking.of(source, tar, tar.errorReader(StandardCharsets.UTF_8));
    if (!unpacking.whole()) {
      throw new ImageException(
          "the files of a layer could not be made: " + Namespace.reason(unpacking.said()));
    }
  }

  /**
   * Makes a layer a lower directory of overlayfs.
   *
   * @throws ImageException if it is no layer, or not the one that its diff ID says
   */
  OverlayLayer.Lower unpackLayer(Layer layer, Path tree) throws IOException, InterruptedException {
    AtomicReference<OverlayLayer.Lower> lower =
        new AtomicReference<>(new OverlayLayer.Lower(false, List.of()));
    unpack(out -> lower.set(rewrite(layer, opaqueAttribute, deviceMark, out)), tree);
    return lower.get();
  }

  /**
   * Writes the tar of a layer as one that makes a lower directory of overlayfs.
   *
   * @throws ImageException if it is no layer, or not the one that its diff ID says
   */
  static OverlayLayer.Lower rewrite(Layer layer, String opaqueAttribute, WritableByteChannel out)
      throws IOException {
    return rewrite(layer, opaqueAttribute, Optional.empty(), out);
  }

  private static OverlayLayer.Lower rewrite(
      Layer layer, String opaqueAttribute, Optional<String> deviceMark, WritableByteChannel out)
      throws IOException {
    String what = "layer " + layer.diffId();
    return piped(
        layer.tar()::writeTo,
        in -> {
          MeasuringStream measured = new MeasuringStream(in, what, Long.MAX_VALUE, () -> false);
          OverlayLayer.Lower lower =
              OverlayLayer.rewrite(measured, what, opaqueAttribute, deviceMark, out);
          measured.transferTo(OutputStream.nullOutputStream());
          DiffId found = new DiffId(measured.digest());
          if (!found.equals(layer.diffId())) {
            throw new ImageException(what + ": its bytes are another layer's, " + found);
          }
          return lower;
        });
  }

  /**
   * Makes the files of layers that were made one in the directory {@code tree}.
   *
   * @throws ImageException if the tar program cannot make one of them
   * @throws IOException if the tar cannot be read
   */
  void unpackMerged(TarSource merged, Path tree) throws IOException, InterruptedException {
    // What fakeroot records may be device nodes.
    if (deviceMark.isEmpty() || !namespace.fakerootKey().isEmpty()) {
      unpack(merged, tree);
      return;
    }
    String what = "the image below the script";
    unpack(
        out ->
            piped(merged, in -> OverlayLayer.rewrite(in, what, opaqueAttribute, deviceMark, out)),
        tree);
  }

  /** Something that reads a tar. */
  @FunctionalInterface
  private interface Rewriter {
    OverlayLayer.Lower rewrite(InputStream tar) throws IOException;
  }

  private static OverlayLayer.Lower piped(TarSource source, Rewriter rewriter) throws IOException {
    Pipe pipe = Pipe.open();
    FutureTask<Void> writer =
        new FutureTask<>(() -> {
          try (Pipe.SinkChannel sink = pipe.sink()) {
            source.writeTo(sink);
          }
          return null;
        });
    Thread thread = Thread.ofPlatform().daemon().name("slipway-unpack").start(writer);
    try (InputStream in = Channels.newInputStream(pipe.source())) {
      return rewriter.rewrite(in);
    } finally {
      thread.interrupt();
    }
  }

  /**
   * What is in the tree, with the marks of what is gone of the layers below it.
   *
   * @param reader reads what the system's tar packs
   * @param mountPoints directories that are taken away before if they are empty, as in {@link
   *     #removeEmpty}
   * @param warnings hears of what a tar cannot hold
   */
  TreeNode.Directory pack(
      ChangesetReader reader, List<String> mountPoints, Consumer<String> warnings)
      throws IOException, InterruptedException {
    Process tar = start(PACK, withoutEmpty(mountPoints));
    tar.getOutputStream().close();
    return read(tar, reader, Set.of(), Set.of(), warnings);
  }

  /** The same of what is different from what there was. */
  TreeNode.Directory pack(
      Snapshot.Difference difference, ChangesetReader reader, Consumer<String> warnings)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(PACK);
    command.removeLast();
    command.addAll(List.of("--no-recursion", "--null", "--files-from=-"));
    Process tar = start(command, Map.of("LOWER", ""));
    feed(tar, difference.changed());
    return read(tar, reader, difference.gone(), difference.opaque(), warnings);
  }

  private static TreeNode.Directory read(
      Process tar,
      ChangesetReader reader,
      Set<RawName> gone,
      Set<RawName> opaque,
      Consumer<String> warnings)
      throws IOException, InterruptedException {
    boolean ended = false;
    try {
      OutputLines complaints =
          new OutputLines(
              tar.errorReader(StandardCharsets.UTF_8),
              line -> {
                if (line.endsWith(SOCKET)) {
                  warnings.accept(line.substring(line.indexOf(": ") + 2));
                }
              });
      TreeNode.Directory tree;
      try (InputStream in = tar.getInputStream()) {
        tree = reader.read(in, "what the script has left", gone, opaque);
      }
      int status = tar.waitFor();
      ended = true;
      if (status != 0) {
        throw new ImageException(
            "what the script has left could not be packed: " + Namespace.reason(complaints.last()));
      }
      return tree;
    } finally {
      if (!ended) {
        tar.destroyForcibly();
      }
    }
  }

  /** Those of the paths that are directories in the layers below the tree. */
  Set<RawName> lowerDirectories(Set<RawName> paths) throws IOException, InterruptedException {
    if (!told.containsKey("LOWER") || paths.isEmpty()) {
      return Set.of();
    }
    Map<RawName, Boolean> kinds = kinds(start(KINDS, Map.of()), paths);
    Set<RawName> directories = new TreeSet<>(kinds.keySet());
    directories.removeIf(path -> !kinds.getOrDefault(path, false));
    return directories;
  }

  /**
   * Whether files are directories.
   *
   * @param folder what their paths begin in
   * @return the answers for those that there are
   */
  Map<RawName, Boolean> kinds(Path folder, Iterable<RawName> paths)
      throws IOException, InterruptedException {
    return kinds(start(KINDS, Map.of("TREE", folder.toString(), "LOWER", "")), paths);
  }

  private static Map<RawName, Boolean> kinds(Process check, Iterable<RawName> paths)
      throws IOException, InterruptedException {
    feed(check, paths);
    Map<RawName, Boolean> kinds = new HashMap<>();
    for (RawName line : names(output(check, "the layers below could not be looked at"))) {
      byte[] bytes = line.toBytes();
      kinds.put(RawName.ofBytes(Arrays.copyOfRange(bytes, 1, bytes.length)), bytes[0] == 'd');
    }
    return kinds;
  }

  /**
   * What directories are, by their paths.
   *
   * @param folder what the paths begin in
   */
  Map<RawName, TarMember> describe(Path folder, Iterable<RawName> directories)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(PACK);
    command.removeAll(List.of("--mtime=@0", "."));
    command.addAll(List.of("--no-recursion", "--null", "--files-from=-"));
    Process tar = start(command, Map.of("TREE", folder.toString(), "LOWER", ""));
    feed(tar, directories);
    byte[] packed = output(tar, "the directories of a layer could not be looked at");
    TarReader reader = new TarReader(new ByteArrayInputStream(packed), "what describes them");
    Map<RawName, TarMember> found = new HashMap<>();
    for (TarMember member = reader.next(); member != null; member = reader.next()) {
      byte[] name = member.header().name().toBytes();
      int end = name[name.length - 1] == '/' ? name.length - 1 : name.length;
      found.put(RawName.ofBytes(Arrays.copyOf(name, end)), member);
    }
    return found;
  }

  /** The names in {@code bytes}, each with a zero behind it. */
  static List<RawName> names(byte[] bytes) {
    List<RawName> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        names.add(RawName.ofBytes(Arrays.copyOfRange(bytes, start, i)));
        start = i + 1;
      }
    }
    return names;
  }

  /** Writes names that way. */
  static void writeNames(Iterable<RawName> names, OutputStream out) throws IOException {
    for (RawName name : names) {
      out.write(name.toBytes());
      out.write(0);
    }
  }

  /** What is in the tree now. */
  Snapshot snapshot() throws IOException, InterruptedException {
    String failure = "the tree could not be looked at";
    List<String> find = List.of("find", ".", "-mindepth", "1");
    List<String> files = new ArrayList<>(find);
    files.addAll(List.of("-printf", Snapshot.FILES));
    List<String> directories = new ArrayList<>(find);
    directories.addAll(List.of("-type", "d", "-printf", Snapshot.DIRECTORIES));
    return Snapshot.of(
        output(start(files, Map.of("LOWER", "")), failure),
        // fakeroot hides when they were made.
        output(start(directories, Map.of("LOWER", "", "FAKEROOTKEY", "")), failure));
  }

  private static void feed(Process process, Iterable<RawName> paths) {
    Thread.ofVirtual()
        .start(() -> {
          try (OutputStream out = new BufferedOutputStream(process.getOutputStream())) {
            writeNames(paths, out);
          } catch (IOException e) {
            // Its status tells.
          }
        });
  }

  private static byte[] output(Process process, String failure)
      throws IOException, InterruptedException {
    OutputLines complaints = new OutputLines(process.errorReader(StandardCharsets.UTF_8), _ -> {});
    byte[] output = process.getInputStream().readAllBytes();
    if (process.waitFor() != 0) {
      throw new ImageException(failure + ": " + Namespace.reason(complaints.last()));
    }
    return output;
  }

  /**
   * Takes directories and files away if they are empty.
   *
   * @param paths where they are, what is inside another before that
   */
  void removeEmpty(List<String> paths) throws IOException, InterruptedException {
    if (!paths.isEmpty()) {
      output(start(List.of("sh", "-c", ":"), withoutEmpty(paths)), "the tree could not be tidied");
    }
  }

  private static Map<String, String> withoutEmpty(List<String> folders) {
    return Map.of("LOWER", "", "MOUNT_POINTS", String.join("\n", folders));
  }

  /** Takes everything out of the tree. */
  void empty() throws IOException, InterruptedException {
    output(
        start(List.of("find", ".", "-mindepth", "1", "-delete"), Map.of("LOWER", "")),
        "the tree could not be emptied");
  }

  private Process start(List<String> command, Map<String, String> more) throws IOException {
    Map<String, String> environment = new HashMap<>(told);
    environment.putAll(more);
    return namespace.program("step.sh", List.of(), environment, command).start();
  }
}
