package dev.slipway.layer;

import java.io.IOException;

/** Gives the contents of a layer's entries, from anywhere in its tar. */
public interface LayerContents {
  /**
   * Adds to the member that {@code out} has begun last the stored bytes of a file.
   *
   * @param offset where they begin in the layer's tar
   * @param size how many there are
   * @throws IOException if they cannot be read or written
   */
  void copy(long offset, long size, TarWriter out) throws IOException;

  /**
   * Adds the content, its holes filled, of a file that is stored sparsely.
   *
   * @param offset where the member, with what precedes its header, begins in the layer's tar
   * @param out has begun a member of the size with holes
   * @throws IOException if it cannot be read or written
   */
  void copySparse(long offset, TarWriter out) throws IOException;
}
