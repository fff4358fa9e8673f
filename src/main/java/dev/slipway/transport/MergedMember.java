package dev.slipway.transport;

import dev.slipway.files.RawName;
import dev.slipway.layer.TarMember;
import dev.slipway.oci.ImageException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/** What an archive has at a place, as it goes into another. */
sealed interface MergedMember {
  /** What unpacking leaves of a mode where the umask is 022 and nobody is root. */
  int KEPT_MODE = 0755;

  /** The archive that it is from, for messages. */
  String archive();

  /** Where it is, its names with slashes between them. */
  RawName place();

  /** Puts it into {@code target}. */
  void addTo(SortedArchive target) throws ImageException;

  /**
   * Refuses another archive's member of the same place that is not the same but for its mode.
   *
   * @return what is still to be compared
   */
  default Optional<Twins> compare(MergedMember other) throws IOException {
    throw different(this, other);
  }

  /** The complaint about two members of one place. */
  static ImageException different(MergedMember first, MergedMember second) {
    return new ImageException(
        "%s: member %s is not what it is in %s"
            .formatted(second.archive(), second.place(), first.archive()));
  }

  /**
   * A directory.
   *
   * @param archive the archive that it is from
   * @param place where it is
   * @param mode its permission bits
   */
  record Folder(String archive, RawName place, int mode) implements MergedMember {
    @Override
    public void addTo(SortedArchive target) throws ImageException {
      target.directory(place, mode & KEPT_MODE);
    }

    @Override
    public Optional<Twins> compare(MergedMember other) throws IOException {
      return other instanceof Folder ? Optional.empty() : MergedMember.super.compare(other);
    }
  }

  /**
   * A symbolic link.
   *
   * @param archive the archive that it is from
   * @param place where it is
   * @param target where it leads
   */
  record Link(String archive, RawName place, RawName target) implements MergedMember {
    @Override
    public void addTo(SortedArchive archive) throws ImageException {
      archive.link(place, target);
    }

    @Override
    public Optional<Twins> compare(MergedMember other) throws IOException {
      return other instanceof Link link && link.target.equals(target)
          ? Optional.empty()
          : MergedMember.super.compare(other);
    }
  }

  /**
   * A file.
   *
   * @param place where it is
   * @param mode its permission bits
   * @param content the member that has its content
   * @param file what it lies in
   * @param verifier knows the digests of layers that it has read
   */
  record File(RawName place, int mode, TarMember content, ArchiveFile file, LayerVerifier verifier)
      implements MergedMember {
    /** What is no larger is compared at once, since it is most likely no layer. */
    private static final int SMALL = 1 << 20;

    private static final int BUFFER = 128 << 10;

    @Override
    public String archive() {
      return file.name();
    }

    long size() {
      return content.header().size();
    }

    @Override
    public void addTo(SortedArchive target) throws ImageException {
      long offset = content.contentOffset();
      target.file(place, mode & KEPT_MODE, size(), out -> file.transfer(offset, size(), out));
    }

    @Override
    public Optional<Twins> compare(MergedMember other) throws IOException {
      if (!(other instanceof File twin) || twin.size() != size()) {
        return MergedMember.super.compare(other);
      }
      Twins twins = new Twins(this, twin);
      if (size() > SMALL) {
        return Optional.of(twins);
      }
      twins.check();
      return Optional.empty();
    }

    private InputStream open() {
      return new BufferedInputStream(file.section(content.contentOffset(), size()), BUFFER);
    }
  }

  /**
   * Two files of one place and size.
   *
   * @param first the earlier archive's
   * @param second the later archive's
   */
  record Twins(File first, File second) {
    /**
     * Spares the second's verification if it is the same as the first, which has been verified.
     *
     * @return whether that is so
     */
    boolean settle() throws IOException {
      return second.verifier.adopt(second.content, first.verifier, first.content);
    }

    /** Refuses them if they differ; if both are layers that were measured, nothing is read. */
    void check() throws IOException {
      var known = first.verifier.digest(first.content);
      if (known.isPresent() && known.equals(second.verifier.digest(second.content))) {
        return;
      }
      try (InputStream a = first.open();
          InputStream b = second.open()) {
        byte[] ofA = new byte[File.BUFFER];
        byte[] ofB = new byte[File.BUFFER];
        int count;
        while ((count = a.readNBytes(ofA, 0, ofA.length)) > 0) {
          int other = b.readNBytes(ofB, 0, count);
          if (!Arrays.equals(ofA, 0, count, ofB, 0, other)) {
            throw different(first, second);
          }
        }
      }
    }
  }
}
