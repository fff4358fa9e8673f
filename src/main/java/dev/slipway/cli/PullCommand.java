package dev.slipway.cli;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.Platform;
import dev.slipway.store.NixHash;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/** {@code slipway pull}: writes an image of a registry into an archive. */
final class PullCommand implements Command {
  @Override
  public void run(Invocation invocation, Session session) throws IOException {
    List<String> arguments = invocation.words().subList(1, invocation.words().size());
    if (arguments.size() != 1) {
      throw new UsageException("slipway pull needs one REF@DIGEST, found " + arguments.size());
    }
    OutArgument out = OutArgument.of(invocation, session);
    ImageReference image = reference(arguments.getFirst());
    if (image.digest().isEmpty()) {
      throw new UsageException(
          "slipway pull needs a digest behind '%s'; slipway prefetch finds it out"
              .formatted(arguments.getFirst()));
    }
    PullRequest request =
        new PullRequest(
            image,
            platform(invocation, session),
            name(
                invocation.value(OptionName.NAME).orElse(image.repository().familiar()),
                invocation.value(OptionName.IMAGE_TAG).or(image::tag).orElse("latest")),
            true);
    Optional<Digest> hash = hash(invocation);
    try (Puller puller = new Puller(session)) {
      if (hash.isPresent() && out.place().equals(OutArgument.STANDARD_OUTPUT)) {
        // What has gone there cannot be taken back.
        Path archive = puller.archive(request, hash.get());
        out.write(tar -> copy(archive, tar));
      } else {
        out.write(tar -> puller.write(request, hash, tar));
      }
    }
  }

  /** Writes what is in {@code file}. */
  static void copy(Path file, WritableByteChannel out) throws IOException {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = in.size();
      for (long at = 0; at < size; ) {
        at += in.transferTo(at, size - at, out);
      }
    }
  }

  /** Reads a reference of the command line. */
  static ImageReference reference(String text) throws UsageException {
    try {
      return ImageReference.parse(text);
    } catch (ImageException e) {
      throw new UsageException(String.valueOf(e.getMessage()), e);
    }
  }

  /** What an image will be called. */
  static ImageReference name(String name, String tag) throws UsageException {
    return reference(name + ":" + tag);
  }

  /** The platform that these options ask for; this machine's architecture by default. */
  static Platform platform(Invocation invocation, Session session) {
    return new Platform(
        invocation.value(OptionName.OS).orElse("linux"),
        invocation.value(OptionName.ARCH).orElse(session.environment().architecture()));
  }

  private static Optional<Digest> hash(Invocation invocation) throws UsageException {
    try {
      return invocation.value(OptionName.HASH).map(NixHash::parse);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--hash: " + e.getMessage(), e);
    }
  }
}
