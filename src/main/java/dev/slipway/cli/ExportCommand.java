package dev.slipway.cli;

import dev.slipway.oci.Platform;
import dev.slipway.transport.DockerArchive;
import dev.slipway.transport.FlatImage;
import dev.slipway.transport.ImageLocation;
import java.io.IOException;
import java.util.List;

/** {@code slipway export}: writes the file system of an archive's image as one tar. */
final class ExportCommand implements Command {
  @Override
  public void run(Invocation invocation, Session session) throws IOException {
    List<String> arguments = invocation.words().subList(1, invocation.words().size());
    if (arguments.size() != 1) {
      throw new UsageException("slipway export needs one ARCHIVE, found " + arguments.size());
    }
    OutArgument out = OutArgument.of(invocation, session);
    ImageLocation location =
        ArchiveArgument.location(arguments.getFirst())
            .on(new Platform("linux", session.environment().architecture()));
    try (DockerArchive archive = ArchiveArgument.open(location, session);
        FlatImage image = archive.flatten(null, null)) {
      out.write(tar -> image.writeTo(tar, session.environment().sourceDateEpoch()));
    }
  }
}
