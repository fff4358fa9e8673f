package dev.slipway.transport;

import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.RepositoryName;
import dev.slipway.registry.RegistryClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A repository of a registry. Blobs that it has are not sent, nor are those that another repository
 * of the registry is known to have and shares, nor layers that may not be handed on and say where
 * they are to be had.
 */
final class RegistryDestination implements Destination {
  /** How many repositories are tried for a blob that one of them may still have. */
  private static final int MOST_MOUNTS = 3;

  private final RegistryClient client;
  private final RepositoryName repository;
  private final KnownRepositories known;
  private final Path spool;
  private final Set<Digest> present = ConcurrentHashMap.newKeySet();
  private final AtomicLong sent = new AtomicLong();

  RegistryDestination(
      RegistryClient client, RepositoryName repository, KnownRepositories known, Path spool) {
    this.client = client;
    this.repository = repository;
    this.known = known;
    this.spool = spool;
  }

  @Override
  public boolean has(Descriptor blob) throws IOException {
    Digest digest = blob.digest();
    boolean elsewhere = blob.mediaType().isNotDistributable() && !blob.urls().isEmpty();
    if (elsewhere || present.contains(digest)) {
      return true;
    }
    if (client.hasBlob(repository, blob) || isMounted(digest)) {
      present.add(digest);
      return true;
    }
    return false;
  }

  private boolean isMounted(Digest digest) throws IOException {
    List<RepositoryName> others =
        known.of(repository.domain(), digest).stream()
            .filter(other -> !other.equals(repository))
            .limit(MOST_MOUNTS)
            .toList();
    for (RepositoryName other : others) {
      if (client.mountBlob(repository, digest, other)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void put(Descriptor blob, ReadableBlob bytes) throws IOException {
    client.uploadBlob(repository, blob, bytes::open);
    present.add(blob.digest());
    sent.addAndGet(blob.size());
  }

  @Override
  public Path spool() {
    return spool;
  }

  RepositoryName repository() {
    return repository;
  }

  /** How many bytes of blobs were sent. */
  long sent() {
    return sent.get();
  }

  /** Remembers, for other repositories, what this one has. */
  void remember() {
    known.add(repository, present);
  }
}
