package dev.slipway.transport;

import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Several places that are given the same: what has to be made for one is made once for all. */
final class SeveralDestinations implements Destination {
  private final List<? extends Destination> all;

  /** Who has said to lack a blob: asking may have effects, so it is done once. */
  private final ConcurrentMap<Digest, List<Destination>> lacking = new ConcurrentHashMap<>();

  /**
   * @param all the places, at least one
   */
  SeveralDestinations(List<? extends Destination> all) {
    this.all = List.copyOf(all);
  }

  @Override
  public boolean has(Descriptor blob) throws IOException {
    List<Destination> without = new ArrayList<>();
    for (Destination destination : all) {
      if (!destination.has(blob)) {
        without.add(destination);
      }
    }
    lacking.put(blob.digest(), without);
    return without.isEmpty();
  }

  @Override
  public void put(Descriptor blob, ReadableBlob bytes) throws IOException {
    List<Destination> without = lacking.remove(blob.digest());
    for (Destination destination : without != null ? without : all) {
      destination.put(blob, bytes);
    }
  }

  @Override
  public Path spool() throws IOException {
    return all.getFirst().spool();
  }
}
