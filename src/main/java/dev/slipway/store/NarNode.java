package dev.slipway.store;

import dev.slipway.files.RawName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A file tree as a NAR has it: names, contents, executable bits and link targets, nothing else. It
 * may lie on disk, be made up, or be made up of things that lie on disk.
 */
public sealed interface NarNode {
  /**
   * A directory that need not exist anywhere.
   *
   * @param entries what it holds, by name in byte order
   */
  record Directory(SortedMap<RawName, NarNode> entries) implements NarNode {
    /** Takes a copy and refuses names that no file can have. */
    public Directory {
      entries.keySet().forEach(Directory::check);
      entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
    }

    private static void check(RawName name) {
      boolean special = name.length() == 0;
      for (int i = 0; i < name.length(); i++) {
        special |= name.at(i) == '/' || name.at(i) == 0;
      }
      String text = name.toString();
      if (special || text.equals(".") || text.equals("..")) {
        throw new IllegalArgumentException("'" + text + "' is not a file name");
      }
    }

    /** The directory of these entries. */
    public static Directory of(Map<String, ? extends NarNode> entries) {
      SortedMap<RawName, NarNode> named = new TreeMap<>();
      entries.forEach((name, node) -> named.put(RawName.of(name), node));
      return new Directory(named);
    }
  }

  /**
   * An ordinary file.
   *
   * @param size how many bytes {@code content} writes
   * @param executable whether its owner may execute it
   * @param content what it holds
   */
  record Regular(long size, boolean executable, Content content) implements NarNode {
    /** Refuses sizes that no file has. */
    public Regular {
      if (size < 0) {
        throw new IllegalArgumentException("a file has no negative size: " + size);
      }
    }

    /** A file that holds {@code text} in UTF-8. */
    public static Regular of(String text, boolean executable) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return new Regular(
          bytes.length,
          executable,
          out -> {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
              out.write(rest);
            }
          });
    }
  }

  /**
   * A symbolic link.
   *
   * @param target where it leads, byte for byte
   */
  record Symlink(RawName target) implements NarNode {
    /** A link to {@code target}. */
    public static Symlink to(String target) {
      return new Symlink(RawName.of(target));
    }
  }

  /**
   * Whatever lies at a path when it is looked at; a symbolic link there is not followed.
   *
   * @param path the path
   */
  record OnDisk(Path path) implements NarNode {}

  /** The content of a file, written as often as asked. */
  @FunctionalInterface
  interface Content {
    /**
     * Writes all the bytes, and nothing else, to {@code out}, which stays open.
     *
     * @throws IOException if they cannot be produced or written
     */
    void writeTo(WritableByteChannel out) throws IOException;
  }
}
