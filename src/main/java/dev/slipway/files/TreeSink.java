package dev.slipway.files;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * Takes a file tree node by node, in the order of a NAR: a directory before what it holds, and that
 * by the bytes of its names. A tree has the modes, dates and owners of a store, so nothing is said
 * of them. Names are those that files have in their directories; the root has an empty one.
 */
public interface TreeSink {
  /** Where the bytes of a file come from. */
  @FunctionalInterface
  interface Content {
    /**
     * Writes all of them, once, to {@code out}, which stays open.
     *
     * @throws IOException if they cannot be had or written
     */
    void writeTo(WritableByteChannel out) throws IOException;
  }

  /**
   * Begins a directory; all that comes until its end is in it.
   *
   * @throws IOException if it cannot be taken
   */
  void directory(RawName name) throws IOException;

  /**
   * Ends the directory that has begun last.
   *
   * @throws IOException if it cannot be taken
   */
  void endDirectory() throws IOException;

  /**
   * Takes an ordinary file.
   *
   * @param size how many bytes {@code content} writes, which is asked for them exactly once
   * @throws IOException if it cannot be had or taken
   */
  void file(RawName name, boolean executable, long size, Content content) throws IOException;

  /**
   * Takes a symbolic link.
   *
   * @throws IOException if it cannot be taken
   */
  void symlink(RawName name, RawName target) throws IOException;
}
