package dev.slipway.sandbox;

import dev.slipway.files.RawName;
import dev.slipway.layer.Layer;
import dev.slipway.layer.MeasuringStream;
import dev.slipway.layer.OverlayLayer;
import dev.slipway.layer.TreeNode;
import dev.slipway.oci.DiffId;
import dev.slipway.oci.ImageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
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
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/**
 * Moves trees into a namespace and out of it, with the system's {@code tar}: in there alone all
 * files can be made and read, whoever they belong to. It sees nothing but the tree.
 */
final class TreeSteps {
  private static final List<String> UNPACK =
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

  private static final List<String> PACK =
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

  /** Prints those of the names in its input that are directories, and no links. */
  private static final List<String> DIRECTORIES =
      List.of(
          "xargs",
          "-0",
          "-r",
          "sh",
          "-c",
          "for at; do if [ -d \"$at\" ] && [ ! -L \"$at\" ]; then printf '%s\\0' \"$at\"; fi; done",
          "sh");

  private final Namespace namespace;
  private final Map<String, String> told;
  private final String opaqueAttribute;

  /**
   * @param told what programs are told, of the tree and the layers below it
   * @param opaqueAttribute what overlayfs takes for the mark of an opaque directory in there
   */
  TreeSteps(Namespace namespace, Map<String, String> told, String opaqueAttribute) {
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
    boolean ended = false;
    try {
      OutputLines complaints = new OutputLines(tar.errorReader(StandardCharsets.UTF_8), _ -> {});
      Feed feed = new Feed(Channels.newChannel(tar.getOutputStream()));
      try (feed) {
        source.writeTo(feed);
      } catch (IOException e) {
        if (!feed.refused) {
          throw e;
        }
      }
      int status = tar.waitFor();
      ended = true;
      if (status != 0 || feed.refused) {
        throw new ImageException(
            "the files of a layer could not be made: " + Namespace.reason(complaints.last()));
      }
    } finally {
      if (!ended) {
        tar.destroyForcibly();
      }
    }
  }

  /**
   * Makes a layer a lower directory of overlayfs.
   *
   * @return whether it hides all that lies below it
   * @throws ImageException if it is no layer, or not the one that its diff ID says
   */
  boolean unpackLayer(Layer layer, Path tree) throws IOException, InterruptedException {
    boolean[] hidesAll = new boolean[1];
    String what = "layer " + layer.diffId();
    unpack(
        out -> {
          Pipe pipe = Pipe.open();
          FutureTask<Void> writer =
              new FutureTask<>(() -> {
                try (Pipe.SinkChannel sink = pipe.sink()) {
                  layer.tar().writeTo(sink);
                }
                return null;
              });
          Thread thread = Thread.ofPlatform().daemon().name("slipway-unpack").start(writer);
          try (InputStream in = Channels.newInputStream(pipe.source())) {
            MeasuringStream measured = new MeasuringStream(in, what, Long.MAX_VALUE, () -> false);
            hidesAll[0] = OverlayLayer.rewrite(measured, what, opaqueAttribute, out);
            measured.transferTo(OutputStream.nullOutputStream());
            DiffId found = new DiffId(measured.digest());
            if (!found.equals(layer.diffId())) {
              throw new ImageException(what + ": its bytes are another layer's, " + found);
            }
          } finally {
            thread.interrupt();
          }
        },
        tree);
    return hidesAll[0];
  }

  /**
   * What is in the tree, with the marks of what is gone of the layers below it.
   *
   * @param reader reads what the system's tar packs
   * @param warnings hears of what a tar cannot hold
   */
  TreeNode.Directory pack(ChangesetReader reader, Consumer<String> warnings)
      throws IOException, InterruptedException {
    Process tar = start(PACK, Map.of("LOWER", ""));
    boolean ended = false;
    try {
      tar.getOutputStream().close();
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
        tree = reader.read(in, "what the script has left");
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
    Process check = start(DIRECTORIES, Map.of());
    Thread feeder =
        Thread.ofVirtual()
            .start(() -> {
              try (OutputStream out = check.getOutputStream()) {
                for (RawName path : paths) {
                  out.write(path.toBytes());
                  out.write(0);
                }
              } catch (IOException e) {
                // Its status tells.
              }
            });
    OutputLines complaints = new OutputLines(check.errorReader(StandardCharsets.UTF_8), _ -> {});
    ByteArrayOutputStream found = new ByteArrayOutputStream();
    check.getInputStream().transferTo(found);
    feeder.join();
    if (check.waitFor() != 0) {
      throw new ImageException(
          "the layers below could not be looked at: " + Namespace.reason(complaints.last()));
    }
    Set<RawName> directories = new TreeSet<>();
    byte[] bytes = found.toByteArray();
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        directories.add(RawName.ofBytes(Arrays.copyOfRange(bytes, start, i)));
        start = i + 1;
      }
    }
    return directories;
  }

  /** Takes directories away that are empty, those inside another before it. */
  void removeEmpty(List<String> folders) throws IOException, InterruptedException {
    if (folders.isEmpty()) {
      return;
    }
    List<String> command = new ArrayList<>(List.of("rmdir", "--ignore-fail-on-non-empty", "--"));
    folders.forEach(folder -> command.add("./" + folder));
    Process process = start(command, Map.of("LOWER", ""));
    OutputLines complaints = new OutputLines(process.errorReader(StandardCharsets.UTF_8), _ -> {});
    process.waitFor();
    // One that the script itself has removed, or put something else in the place of, is no fault.
    complaints.last();
  }

  private Process start(List<String> command, Map<String, String> more) throws IOException {
    Map<String, String> environment = new HashMap<>(told);
    environment.putAll(more);
    return namespace.program("step.sh", List.of(), environment, command).start();
  }

  /** Passes bytes on to a process, and knows whether it was that which took no more. */
  private static final class Feed implements WritableByteChannel {
    private final WritableByteChannel process;
    private boolean refused;

    Feed(WritableByteChannel process) {
      this.process = process;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      try {
        return process.write(bytes);
      } catch (IOException e) {
        refused = true;
        throw e;
      }
    }

    @Override
    public boolean isOpen() {
      return process.isOpen();
    }

    @Override
    public void close() throws IOException {
      try {
        process.close();
      } catch (IOException e) {
        refused = true;
        throw e;
      }
    }
  }
}
