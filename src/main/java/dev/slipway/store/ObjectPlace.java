package dev.slipway.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/** Where objects that a store must fetch are put. */
interface ObjectPlace extends Closeable {
  /** An object that can be fetched. */
  interface Source {
    /** What is to be known of it. */
    PathInfo info();

    /**
     * Fetches it.
     *
     * @param destination where it is made; nothing is there
     * @throws IOException if it cannot be had, or is not what it should be; something may be left
     *     at {@code destination} then
     */
    void unpack(Path destination) throws IOException;
  }

  /** The folders that they are put into. */
  List<Path> folders();

  /** Where an object is, or will be. */
  Path locate(StorePath path);

  /** Whether an object is there. */
  boolean has(StorePath path);

  /** Begins to fetch what is not there, as far as that is possible; faults are told by others. */
  void begin(Collection<Source> sources);

  /**
   * Fetches what is not there.
   *
   * @throws IOException if that fails
   */
  void fetch(Collection<Source> sources) throws IOException;

  /** Stops fetching, and waits until it has stopped. */
  @Override
  void close() throws IOException;
}
