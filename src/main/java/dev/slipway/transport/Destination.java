package dev.slipway.transport;

import dev.slipway.oci.Descriptor;
import java.io.IOException;
import java.nio.file.Path;

/** Where blobs are put: a repository of a registry, or an OCI layout. For several threads. */
interface Destination {
  /**
   * Whether the blob need not be put there: because it is there, because it could be had without
   * its bytes, or because it belongs elsewhere.
   */
  boolean has(Descriptor blob) throws IOException;

  /** Puts a blob there. What is not what the descriptor says is refused. */
  void put(Descriptor blob, ReadableBlob bytes) throws IOException;

  /** A folder for files that are made to be put there. */
  Path spool() throws IOException;
}
