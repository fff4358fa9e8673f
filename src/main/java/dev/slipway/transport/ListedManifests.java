package dev.slipway.transport;

import dev.slipway.layer.TarMember;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageIndex;
import dev.slipway.oci.ImageManifest;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A list of images as an OCI layout has it, with what it leads to besides: attestations, signatures
 * and further lists. Those are no images, but without them the list is not whole.
 */
public final class ListedManifests {
  private static final int BUFFER = 128 << 10;

  private final ArchiveFile file;
  private final ArchiveIndex index;
  private final Set<Digest> known;
  private final ImageIndex root;
  private final Set<Digest> images = new LinkedHashSet<>();
  private final Map<Digest, Manifest> others = new LinkedHashMap<>();
  private final Map<Descriptor, ReadableBlob> blobs = new LinkedHashMap<>();

  /**
   * What {@code root} leads to.
   *
   * @param known the images of the layout, which have been looked at
   * @throws ImageException if something is missing, or not what the list says
   */
  ListedManifests(ArchiveFile file, ArchiveIndex index, Set<Digest> known, ImageIndex root)
      throws IOException {
    this.file = file;
    this.index = index;
    this.known = Set.copyOf(known);
    this.root = root;
    add(root);
  }

  /** The list itself. */
  ImageIndex root() {
    return root;
  }

  /** The images that it leads to. */
  Set<Digest> images() {
    return images;
  }

  /** The documents that are no images, each behind what it names. */
  List<Manifest> others() {
    return List.copyOf(others.values());
  }

  /** The blobs that those name. */
  Map<Descriptor, ReadableBlob> blobs() {
    return blobs;
  }

  /** No list can lead to itself: it would have to know its own digest. */
  private void add(ImageIndex list) throws IOException {
    for (Descriptor listed : list.manifests()) {
      Digest digest = listed.digest();
      if (known.contains(digest)) {
        images.add(digest);
      } else if (!others.containsKey(digest)) {
        switch (document(listed)) {
          case ImageIndex inner -> {
            add(inner);
            others.put(digest, inner);
          }
          case ImageManifest manifest -> {
            addBlob(manifest.config());
            for (Descriptor layer : manifest.layers()) {
              addBlob(layer);
            }
            others.put(digest, manifest);
          }
        }
      }
    }
  }

  private Manifest document(Descriptor listed) throws IOException {
    if (listed.size() > JsonLimits.FOREIGN.maxBytes()) {
      throw new ImageException(
          "%s: %s has %d bytes, more than the %d that are allowed"
              .formatted(
                  file.name(), listed.digest(), listed.size(), JsonLimits.FOREIGN.maxBytes()));
    }
    try (InputStream in = blob(listed).open(0)) {
      return Manifest.parse(
          in.readAllBytes(), Optional.of(listed.mediaType()), file.name() + ": " + name(listed));
    }
  }

  private void addBlob(Descriptor descriptor) throws IOException {
    if (blobs.containsKey(descriptor)
        || (descriptor.mediaType().isNotDistributable() && !descriptor.urls().isEmpty())) {
      return;
    }
    blobs.put(descriptor, blob(descriptor));
  }

  private static String name(Descriptor descriptor) {
    return LayoutFolder.BLOBS + descriptor.digest().hex();
  }

  /** A blob of the layout, held against its descriptor. */
  private ReadableBlob blob(Descriptor descriptor) throws IOException {
    String name = name(descriptor);
    TarMember member = index.resolve(name, "its list").file();
    long size = member.header().size();
    if (size != descriptor.size()) {
      throw new ImageException(
          "%s: %s has %d bytes, expected %d".formatted(file.name(), name, size, descriptor.size()));
    }
    ReadableBlob blob =
        offset -> {
          file.checkUnchanged(member.contentOffset());
          return file.section(member.contentOffset() + offset, size - offset);
        };
    MessageDigest hash = Digest.sha256();
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = blob.open(0)) {
      int count;
      while ((count = in.read(buffer)) > 0) {
        hash.update(buffer, 0, count);
      }
    }
    Digest found = Digest.ofBytes(hash.digest());
    if (!found.equals(descriptor.digest())) {
      throw new DigestMismatchException(file.name() + ": " + name, descriptor.digest(), found);
    }
    return blob;
  }
}
