package dev.slipway.store;

import dev.slipway.files.TreeForm;
import dev.slipway.files.TreeSink;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Where objects that a store must fetch are put. */
interface ObjectPlace extends Closeable {
  /** An object that can be fetched. */
  interface Source {
    /** What is to be known of it. */
    PathInfo info();

    /**
     * Fetches it. Only when this has returned is it known to be what it should be.
     *
     * @param destination where it is made
     * @return how many files, directories and links it has
     * @throws IOException if it cannot be had or made, or is not what it should be; some of it may
     *     have been made then
     */
    long fetch(Destination destination) throws IOException;
  }

  /** Where an object is made. */
  @FunctionalInterface
  interface Destination {
    /**
     * Begins to make it, or begins once more with nothing made.
     *
     * @throws IOException if it cannot be made
     */
    TreeSink begin() throws IOException;
  }

  /** The folders that they are put into. */
  List<Path> folders();

  /** Where an object is, or will be. */
  Path locate(StorePath path);

  /** Whether an object is there, as files. */
  boolean has(StorePath path);

  /** Begins to fetch what is not there, as far as that is possible; faults are told by others. */
  void begin(Collection<Source> sources);

  /**
   * Fetches what is not there.
   *
   * @throws IOException if that fails
   */
  void fetch(Collection<Source> sources) throws IOException;

  /** Begins to fetch, in this form, what is not there as files. */
  void begin(Collection<Source> sources, TreeForm form);

  /**
   * Fetches, in this form or as files, what is not there.
   *
   * @return those that are there in this form; the others are there as files
   * @throws IOException if that fails
   */
  Map<StorePath, TreeForm.Formed> fetch(Collection<Source> sources, TreeForm form)
      throws IOException;

  /** Stops fetching, and waits until it has stopped. */
  @Override
  void close() throws IOException;
}
